import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { runNode } from '../support/run-node.js';
import { asTroubled, type TroubledService } from './troubled-service.js';
import { users } from './users-service.js';

const TWO = join(import.meta.dirname, 'fixtures/two-services.mjs');
const ENDINGS = ['one', 'two'].flatMap((name) => [`- orders ${name}`, `- pool ${name}`]);

async function start(env: Record<string, string>): Promise<TroubledService> {
  const service = asTroubled(runNode(TWO, { env: users(env) }));
  await service.until('ready');
  return service;
}

const ended = (service: TroubledService) => service.told().filter((line) => line.startsWith('- '));

describe.each(['bootstrap,bootstrap', 'plain,plain', 'bootstrap,plain', 'plain,bootstrap'])(
  'two applications of one process (%s)',
  (how) => {
    it.each(['one', 'two'])('are both stopped by one SIGTERM, also when %s takes longer', async (SLOW) => {
      const service = await start({ HOW: how, SLOW });
      service.process.signal('SIGTERM');

      expect(await service.process.exited).toEqual({ code: 0, signal: null });
      expect(ended(service).toSorted()).toEqual(ENDINGS.toSorted());
      expect(service.messages('error')).toEqual([]);
    });
  },
);

describe('two applications of one process', () => {
  it.each(['one', 'two'])('are both stopped when %s fails, with 1 and one fatal record', async (CRASH) => {
    const service = await start({ HOW: 'bootstrap,bootstrap', CRASH, SLOW: CRASH === 'one' ? 'two' : 'one' });

    expect(await service.process.exited).toEqual({ code: 1, signal: null });
    expect(ended(service).toSorted()).toEqual(ENDINGS.toSorted());
    expect(service.messages('fatal')).toEqual(['A service crashed: Service `Consumer` crashed: the queue is gone']);
  });

  it('leave at once on a second SIGINT', async () => {
    const service = await start({ HOW: 'bootstrap,plain', SLOW: 'two' });
    service.process.signal('SIGINT');
    await service.until('- orders one');
    service.process.signal('SIGINT');
    expect(await service.process.exited).toEqual({ code: 130, signal: null });
  });
});
