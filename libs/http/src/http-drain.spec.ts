import { createServer } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import { HttpDrain } from './http-drain.js';
import { RequestTracker } from './request-tracker.js';

describe('HttpDrain', () => {
  it('is done at once for servers that never listened, and for none', async () => {
    const tracker = new RequestTracker();
    expect(await new HttpDrain(tracker, () => [createServer(), createServer()]).finish(1000)).toEqual([]);
    expect(await new HttpDrain(tracker, () => []).finish(0)).toEqual([]);
  });

  it('follows a server once, whoever asks', async () => {
    const server = createServer();
    const drain = new HttpDrain(new RequestTracker(), () => [server]);
    drain.follow(server);
    const before = server.listenerCount('connection');
    drain.follow(server);
    await drain.finish(0);
    expect(server.listenerCount('connection')).toBe(before);
    expect(server.listenerCount('upgrade')).toBe(0);
  });
});
