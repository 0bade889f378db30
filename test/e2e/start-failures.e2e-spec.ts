import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { runNode } from '../support/run-node.js';

const STRICT = join(import.meta.dirname, 'fixtures/strict-service.mjs');

const CANARY = 'canary-4fz81q';
const WRONG = {
  ENVIRONMENT: 'production',
  SERVICE_NAME: ' ',
  PORT: '80abc',
  TRUST_PROXY: 'TRUE',
  LOG_LEVEL: 'loud',
  SHUTDOWN_TIMEOUT: '1e3',
  EMPTY: '',
  BLANK: '   ',
  WORD: 'ten',
  NOT_A_NUMBER: 'NaN',
  EXPONENT: '1e9',
  HEXADECIMAL: '0x10',
  LEADING_ZEROS: '007',
  HUGE: '99999999999999999999',
  TOO_LARGE: '11',
  FRACTION: '1.0',
  INFINITE: 'Infinity',
  TRUTH: 'yes',
  PAUSE: '5 minutes',
  ROOM: '1kib',
  NAMES: 'a,,b',
  API_KEY: CANARY,
};

const REPORT = `The start failed: The configuration has 23 problems:
  - SERVICE_NAME (environment): expected a name of at most 63 lower-case letters, digits and inner dashes, got " "
  - PORT (environment): expected a port from 0 to 65535, got "80abc"
  - TRUST_PROXY (environment): expected true or false (1 or 0), got "TRUE"; did you mean true?
  - LOG_LEVEL (environment): expected one of trace, debug, info, warn, error, fatal, silent, got "loud"
  - SHUTDOWN_TIMEOUT (environment): expected a duration of at least 1s (units: ms, s, m, h, d), got "1e3"
  - MISSING: expected a text, but it is not set
  - EMPTY: expected a text, but it is not set
  - BLANK (environment): expected an integer, got "   "
  - WORD (environment): expected an integer, got "ten"
  - NOT_A_NUMBER (environment): expected a decimal number, got "NaN"
  - EXPONENT (environment): expected an integer, got "1e9"
  - HEXADECIMAL (environment): expected an integer, got "0x10"
  - LEADING_ZEROS (environment): expected an integer, got "007"
  - HUGE (environment): expected an integer, got "99999999999999999999"
  - TOO_LARGE (environment): expected an integer of at most 10, got "11"
  - FRACTION (environment): expected an integer, got "1.0"
  - INFINITE (environment): expected a decimal number, got "Infinity"
  - TRUTH (environment): expected true or false (1 or 0), got "yes"
  - PAUSE (environment): expected a duration (units: ms, s, m, h, d), got "5 minutes"
  - ROOM (environment): expected a size (units: b, kb, mb, gb), got "1kib"
  - NAMES (environment): expected a list, comma separated, each a text, got "a,,b"
  - API_KEY (environment): expected a secret of at least 40 characters, got [REDACTED]
  - MISSING_KEY: expected a secret, but it is not set
No configuration was loaded`;

describe('a start with many wrong variables', () => {
  it('tells all of them at once, in the same words each time, without a secret, and ends with 1', async () => {
    const METRICS_PORT = String(await freePort());
    const services = [1, 2].map(() => runNode(STRICT, { env: { ...WRONG, METRICS_PORT } }));
    for (const service of services) {
      expect(await service.exited).toEqual({ code: 1, signal: null });
      expect(service.logs).toMatchObject([{ level: 'fatal', code: 'EGGY_CONFIG_INVALID', msg: REPORT }]);
      expect(service.stdout + service.stderr).not.toContain(CANARY);
      expect(service.stderr).toBe('');
    }
    await expect(fetch(`http://127.0.0.1:${METRICS_PORT}/livez`)).rejects.toThrow('fetch failed');
  });
});
