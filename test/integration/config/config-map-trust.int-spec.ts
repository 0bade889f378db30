import { once } from 'node:events';
import { rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it } from '@jest/globals';
import { makeAuthority } from '../../support/certificates.js';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { waitUntil } from '../../support/wait-until.js';
import { accessTo, put, settled } from './fake-access.js';
import { Heard, watching } from './watching.js';

describe('ConfigMapSource and whom it trusts', () => {
  it('refuses a CA that is not its own, and takes up a new CA file', async () => {
    await using world = await settled();
    const authority = makeAuthority();
    world.fake.useCertificateOf(authority);
    world.fake.network.reset();
    await world.heard.untilTrouble('unreachable', /unable to verify|certificate/);
    put(world.fake, 'second');
    expect(world.heard.text('LEVEL')).toBe('first');
    await writeFile(world.fake.caFile, authority.ca);
    await world.heard.untilText('LEVEL', 'second');
    await world.heard.untilFine();
  });

  it('refuses a certificate for another name, and gives it no token', async () => {
    await using fake = await FakeKubeApi.start();
    const authority = makeAuthority();
    fake.useCertificateOf(authority, 'elsewhere.example');
    await writeFile(fake.caFile, authority.ca);
    await using watch = watching(accessTo(fake));
    const detail = await watch.heard.untilTrouble('unreachable');

    expect(detail).toMatch(/kubernetes\.default\.svc.* is not in the cert's altnames: DNS:elsewhere\.example/);
    expect(fake.requests).toEqual([]);
  });

  it('checks the address where the server has no name', async () => {
    await using fake = await FakeKubeApi.start();
    const authority = makeAuthority();
    await writeFile(fake.caFile, authority.ca);
    put(fake, 'first');
    const { port } = fake.access;
    const access = accessTo(fake, { server: `https://127.0.0.1:${port}`, host: undefined, port: undefined });
    fake.useCertificateOf(authority);
    await using watch = watching(access);
    await watch.heard.untilTrouble('unreachable', /127\.0\.0\.1 is not in the cert's list/);
    fake.useCertificateOf(authority, undefined, '127.0.0.1');
    await watch.heard.untilText('LEVEL', 'first');
    expect(fake.requests[0]?.headers.host).toBe(`127.0.0.1:${port}`);
  });

  it('sends nothing to a server without TLS', async () => {
    await using fake = await FakeKubeApi.start();
    let received = '';
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (chunk) => {
        received += chunk.toString('latin1');
        socket.end('HTTP/1.1 200 OK\r\n\r\n');
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    await using watch = watching(accessTo(fake, { port: (server.address() as AddressInfo).port }));
    await watch.heard.untilTrouble('unreachable', /^ConfigMap app at https:\S+: EPROTO, [a-z ]+$/);
    await watch.source.stop();
    server.close();

    expect(received).not.toBe('');
    expect(received).not.toContain('token-1');
  });

  it.each([
    ['ca.crt', '', 'unreachable', /the CA file \S+ holds no certificate/],
    ['ca.crt', undefined, 'unreachable', /the CA cannot be read from \S+: ENOENT/],
    ['ca.crt', '-----BEGIN CERTIFICATE-----\nc4n4ry\n-----END CERTIFICATE-----\n', 'unreachable', /./],
    ['token', ' \n', 'unauthorized', /the token file \S+ holds no token/],
    ['token', 'c4n4ry c4n4ry', 'unauthorized', /the token file \S+ holds no token/],
    ['token', undefined, 'unauthorized', /the token cannot be read from \S+: ENOENT/],
    ['namespace', 'shop/../c4n4ry', 'invalid', /the file \S+ holds no namespace/],
    ['namespace', undefined, 'invalid', /the namespace cannot be read from \S+: ENOENT/],
  ] as const)(
    'connects nowhere with a file `%s` of %j, until there is a good one',
    async (file, content, kind, detail) => {
      await using fake = await FakeKubeApi.start();
      put(fake, 'first');
      const authority = makeAuthority();
      fake.useCertificateOf(authority);
      await writeFile(fake.caFile, authority.ca);
      const path = `${fake.folder}/${file}`;
      await (content === undefined ? rm(path) : writeFile(path, content));
      await using watch = watching(accessTo(fake));
      const told = await watch.heard.untilTrouble(kind, detail);
      expect(told).not.toContain('c4n4ry');
      expect(fake.requests).toEqual([]);

      await writeFile(fake.caFile, authority.ca);
      await writeFile(fake.tokenFile, fake.token);
      await writeFile(fake.namespaceFile, 'shop');
      await watch.heard.untilText('LEVEL', 'first');
      await watch.heard.untilFine();
    },
  );
});

describe('ConfigMapSource and its listener', () => {
  afterEach(() => Logger.overrideLogger(['log', 'error', 'warn']));

  it('goes on when the listener throws, and logs no value', async () => {
    const logged: unknown[][] = [];
    const log = (...line: unknown[]) => logged.push(line);
    Logger.overrideLogger({ log, error: log, warn: log });
    await using fake = await FakeKubeApi.start();
    put(fake, 'c4n4ry');
    const heard = new Heard();
    heard.onTexts = (texts) => {
      heard.texts.push(texts);
      throw new RangeError(`cannot use ${texts.texts['LEVEL']}`);
    };
    await using watch = watching(accessTo(fake), heard);
    await heard.untilText('LEVEL', 'c4n4ry');
    put(fake, 'second');
    await heard.untilText('LEVEL', 'second');

    expect(watch.heard.troubles).toEqual([]);
    await waitUntil(() => logged.length === 2, { what: 'two records' });
    expect(logged[0]?.[0]).toBe('the listener threw RangeError');
    expect(JSON.stringify(logged)).not.toContain('c4n4ry');
  });

  it('tells nothing more once the listener has stopped it', async () => {
    await using fake = await FakeKubeApi.start();
    put(fake, 'first');
    const heard = new Heard();
    const { source } = watching(accessTo(fake), heard);
    let stopped: Promise<void> | undefined;
    heard.onTexts = (texts) => {
      heard.texts.push(texts);
      stopped = source.stop();
    };
    await waitUntil(() => stopped !== undefined, { what: 'the first texts' });
    await stopped;
    put(fake, 'second');

    expect(heard.texts).toHaveLength(1);
    expect(fake.watches).toBe(0);
  });
});
