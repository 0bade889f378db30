import { createHmac, timingSafeEqual } from 'node:crypto';

const EXPIRY = /^[0-9a-z]{1,11}$/;

/**
 * A right for a time, made of the admin token and as good as it until then: what a browser can carry, without the token in
 * its history. It ends by itself, and with the token it was made of.
 */
export function makeSession(token: string, expiresAt: number): string {
  const expiry = Math.round(expiresAt).toString(36);
  return `${expiry}.${signature(token, expiry)}`;
}

/** Whether `text` is a session of this token that has not ended. */
export function isSession(text: string, token: string, now = Date.now()): boolean {
  const at = text.indexOf('.');
  const expiry = text.slice(0, Math.max(0, at));
  const given = Buffer.from(text.slice(at + 1));
  const wanted = Buffer.from(signature(token, expiry));
  const isSigned = given.length === wanted.length && timingSafeEqual(given, wanted);
  return isSigned && EXPIRY.test(expiry) && Number.parseInt(expiry, 36) > now;
}

function signature(token: string, expiry: string): string {
  return createHmac('sha256', token).update(`eggybyte admin session until ${expiry}`).digest('base64url');
}
