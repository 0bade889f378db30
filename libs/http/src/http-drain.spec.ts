import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { HttpDrain } from './http-drain.js';
import { RequestTracker } from './request-tracker.js';

describe('HttpDrain', () => {
  it('is done at once for servers that never listened, and for none', async () => {
    const tracker = new RequestTracker();
    expect(await new HttpDrain(tracker, () => [createServer(), createServer()]).finish(1000)).toBe(0);
    expect(await new HttpDrain(tracker, () => []).finish(0)).toBe(0);
  });
});
