import { describe, expect, it } from '@jest/globals';
import { asKubeFailure } from './kube-failure.js';

const withCode = (code: string, message: string) => Object.assign(new Error(message), { code });

describe('asKubeFailure', () => {
  it.each([
    [withCode('ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.1:443'), 'unreachable', 'connect ECONNREFUSED 10.0.0.1:443'],
    [withCode('ECONNREFUSED', ''), 'unreachable', 'ECONNREFUSED'],
    [withCode('ECONNRESET', 'aborted'), 'unreachable', 'the connection was lost'],
    [
      withCode('EPROTO', 'write EPROTO 40FD:error:0A00010B:SSL routines:tls_validate:wrong version number:a.c:77:\n'),
      'unreachable',
      'EPROTO, wrong version number',
    ],
    [withCode('HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/'), 'invalid', 'Parse Error: Expected HTTP/'],
    [new TypeError('cannot use "a value"'), 'unreachable', 'an unexpected error'],
  ] as const)('tells %s as `%s`: %s', (error, kind, message) => {
    expect(asKubeFailure(error)).toMatchObject({ kind, message, cause: error });
  });
});
