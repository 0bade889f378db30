import type { Answer } from '../server/answer.js';
import { PAGE_HTML, PAGE_SCRIPT_HASH, PAGE_STYLE_HASH } from './page-html.js';

/** Nothing but the page's own script and style runs, and it talks to nobody but this server. */
const POLICY = [
  "default-src 'none'",
  `script-src '${PAGE_SCRIPT_HASH}'`,
  `style-src '${PAGE_STYLE_HASH}'`,
  "connect-src 'self'",
  'img-src data:',
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

export const PAGE_ANSWER: Answer = {
  status: 200,
  contentType: 'text/html; charset=utf-8',
  body: Buffer.from(PAGE_HTML),
  headers: {
    'Content-Security-Policy': POLICY,
    // The address may hold a session.
    'Referrer-Policy': 'no-referrer',
    'X-Frame-Options': 'DENY',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
  },
};
