import { describe, expect, it } from '@jest/globals';
import { HttpListenError, HttpPortInUseError } from './http.errors.js';

const failed = (code: string): Error => Object.assign(new Error(`listen ${code}`), { code });

describe('HttpPortInUseError', () => {
  it('names address and owner', () => {
    const error = new HttpPortInUseError({ host: '::1', port: 8080 }, '`nginx` (pid 7)', failed('EADDRINUSE'));
    expect(error.message).toBe(
      'HTTP cannot be served on [::1]:8080: port 8080 is in use by `nginx` (pid 7). ' +
        'Fix: stop the other one, or set PORT to a free port (0 takes any).',
    );
  });

  it('guesses when the owner is unknown', () => {
    const error = new HttpPortInUseError({ port: 8080 }, undefined, failed('EADDRINUSE'));
    expect(error.message).toMatch(/on port 8080: port 8080 is in use, most likely by another service/);
  });
});

describe('HttpListenError', () => {
  it.each([
    ['EACCES', { port: 80 }, 'on port 80: this user may not bind port 80. Fix: set PORT'],
    ['EADDRNOTAVAIL', { host: '192.0.2.1', port: 80 }, '192.0.2.1 is not an address of this machine. Fix: set HOST'],
    ['ENOTFOUND', { host: 'nowhere', port: 80 }, 'the host name nowhere does not resolve. Fix: set HOST'],
    ['EAI_AGAIN', { host: 'nowhere', port: 80 }, 'the host name nowhere does not resolve. Fix: set HOST'],
    ['EINVAL', { host: '0.0.0.0', port: 80 }, 'on 0.0.0.0:80: listen EINVAL. Fix: correct HOST and PORT'],
    ['EACCES', { port: '/run/eggs.sock' }, 'on /run/eggs.sock: this user may not bind /run/eggs.sock'],
  ])('explains %s of %j', (code, target, text) => {
    const cause = failed(code);
    const error = new HttpListenError(target, cause);
    expect(error.message).toContain(text);
    expect(error.cause).toBe(cause);
  });
});
