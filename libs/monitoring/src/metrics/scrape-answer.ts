import type { IncomingHttpHeaders } from 'node:http';
import type { Answer } from '../server/answer.js';
import type { Exposition } from './exposition.js';
import { CONTENT_TYPES, formatFor, takesGzip } from './scrape-format.js';

/** Below this, compressing saves no packet. */
const LEAST_BYTES = 1024;

/** The answer to a scrape: in the format that the reader likes best, compressed for one that takes it. */
export async function scrapeAnswer(exposition: Exposition, headers: IncomingHttpHeaders): Promise<Answer> {
  const format = formatFor(headers.accept);
  const scrape = await exposition.scrape(format, timeoutMs(headers));
  const answer = {
    status: 200,
    contentType: CONTENT_TYPES[format],
    body: scrape.body,
    headers: { Vary: 'Accept, Accept-Encoding' },
  };
  if (scrape.body.length < LEAST_BYTES || !takesGzip(headers['accept-encoding']?.toString())) return answer;
  return { ...answer, body: await scrape.gzipped(), headers: { ...answer.headers, 'Content-Encoding': 'gzip' } };
}

/** What Prometheus tells of its `scrape_timeout`. */
function timeoutMs(headers: IncomingHttpHeaders): number | undefined {
  const seconds = Number(headers['x-prometheus-scrape-timeout-seconds']);
  return seconds > 0 ? seconds * 1000 : undefined;
}
