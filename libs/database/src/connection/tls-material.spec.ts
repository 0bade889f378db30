import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { makeAuthority } from '../../../../test/support/certificates.js';
import type { DsnTls } from '../dsn/dsn.js';
import { TlsMaterial, type DatabaseTls } from './tls-material.js';

const authority = makeAuthority();
const { cert, key } = authority.issue({ dns: ['db'] });
const { ca } = authority;
const address = { host: 'db', port: 3306 };
const SECRET = 'Xq7zK9';

const sslOf = (
  tls: DatabaseTls | undefined,
  asked?: DsnTls | false,
  at: typeof address | { socketPath: string } = address,
) => new TlsMaterial(tls, { address: at, tls: asked }).next();

describe('TlsMaterial', () => {
  const log = { log: jest.spyOn(Logger.prototype, 'log'), error: jest.spyOn(Logger.prototype, 'error') };
  beforeEach(() => {
    for (const spy of Object.values(log)) spy.mockReset().mockImplementation(() => undefined);
  });
  afterEach(() => {
    jest.clearAllMocks();
  });

  it('turns TLS on, with issuer and host name verified', () => {
    const ssl = { ca, rejectUnauthorized: true, verifyIdentity: true, minVersion: 'TLSv1.2' };
    expect(sslOf({ ca })).toEqual(ssl);
    expect(sslOf({ ca: `# ours\n${ca}${makeAuthority().ca}`, cert, key })).toMatchObject({ cert, key });
  });

  it('leaves it off when there is none, the DSN says so, or the server is on this machine', () => {
    expect(sslOf(undefined)).toBeUndefined();
    expect(sslOf({ ca: '' })).toBeUndefined();
    expect(sslOf({ ca }, false)).toBeUndefined();
    expect(sslOf({ ca }, undefined, { socketPath: '/run/sock' })).toBeUndefined();
  });

  it('checks what the DSN says', () => {
    expect(sslOf({ ca }, { verify: 'issuer', fallback: false, config: undefined })).toMatchObject({
      ca,
      rejectUnauthorized: true,
      verifyIdentity: false,
    });
  });

  it.each<[string, DatabaseTls, RegExp]>([
    ['a CA that is none', { ca: SECRET }, /`ca` holds no certificate/],
    ['a CA that is broken', { ca: ca.replace('MII', SECRET) }, /a certificate of `ca` cannot be read/],
    ['a CA that is a key', { ca: key }, /`ca` holds no certificate/],
    ['a certificate without its key', { cert }, /`cert` comes without `key`/],
    ['a key without its certificate', { key }, /`key` comes without `cert`/],
    ['a key that is none', { cert, key: SECRET }, /`key` cannot be read/],
    ['a certificate that is none', { cert: SECRET, key }, /`cert` holds no certificate/],
    ['a key of another certificate', { cert, key: authority.issue({}).key }, /`key` is not the key of `cert`/],
  ])('refuses %s and says what to do, without its content', (_, tls, why) => {
    const take = (): unknown => sslOf(tls);
    expect(take).toThrow(expect.objectContaining({ code: 'EGGY_DATABASE_TLS_MATERIAL' }));
    expect(take).toThrow(why);
    expect(take).toThrow(/Fix: give PEM text/);
    expect(take).not.toThrow(new RegExp(`${SECRET}|BEGIN`));
  });

  it('is the same object until the material changes, so that the driver can keep what it has made of it', () => {
    let tls: DatabaseTls = { ca };
    const material = new TlsMaterial(() => ({ ...tls }), { address, tls: undefined });
    const first = material.next();

    expect(material.next()).toBe(first);
    expect(log.log).not.toHaveBeenCalled();
    tls = { ca: makeAuthority().ca };
    expect(material.next()).toMatchObject(tls);
    expect(log.log).toHaveBeenCalledTimes(1);
  });

  it('stays what it was while what comes cannot be used or read, which is told once', () => {
    let source = (): DatabaseTls => ({ ca });
    const material = new TlsMaterial(() => source(), { address, tls: undefined });
    const first = material.next();
    source = () => {
      throw new Error('no such file');
    };

    expect([material.next(), material.next()]).toEqual([first, first]);
    expect(log.error).toHaveBeenCalledTimes(1);
  });
});
