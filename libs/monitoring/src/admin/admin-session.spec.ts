import { describe, expect, it } from '@jest/globals';
import { isSession, makeSession } from './admin-session.js';

const TOKEN = 'correct-horse-battery';
const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;

describe('a session', () => {
  const session = makeSession(TOKEN, NOW + HOUR);

  it('holds until its end and no longer', () => {
    expect(isSession(session, TOKEN, NOW)).toBe(true);
    expect(isSession(session, TOKEN, NOW + HOUR - 1)).toBe(true);
    expect(isSession(session, TOKEN, NOW + HOUR)).toBe(false);
  });

  it('ends with the token that it was made of', () => {
    expect(isSession(session, 'another-horse-battery', NOW)).toBe(false);
  });

  it('does not show the token, and fits an address as it is', () => {
    expect(session).not.toContain(TOKEN);
    expect(encodeURIComponent(session)).toBe(session);
  });

  const [expiry = '', signature = ''] = session.split('.');
  it.each([
    '',
    '.',
    expiry,
    `${expiry}.`,
    `.${signature}`,
    `zzzzzzzz.${signature}`,
    `${expiry}.${signature}x`,
    `${expiry}.${signature.slice(1)}`,
    `${expiry}.${signature.toLowerCase()}`,
    `${expiry}.${signature}.${signature}`,
    `${expiry}\0.${signature}`,
    `${expiry.toUpperCase()}.${signature}`,
  ])('is not %j', (text) => {
    expect(isSession(text, TOKEN, NOW)).toBe(false);
  });

  it('is none that was signed with an expiry that is no time', () => {
    expect(isSession(makeSession(TOKEN, Infinity), TOKEN, NOW)).toBe(false);
    expect(isSession(makeSession(TOKEN, Number.NaN), TOKEN, NOW)).toBe(false);
    expect(isSession(makeSession(TOKEN, -1), TOKEN, NOW)).toBe(false);
  });
});
