import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { type NodeProcess, runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { asTroubled, type TroubledService } from './troubled-service.js';
import { users } from './users-service.js';

const TWO = join(import.meta.dirname, 'fixtures/two-services.mjs');
const PAIR = join(import.meta.dirname, 'fixtures/two-applications.mjs');
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

const startPair = (does: string): NodeProcess => runNode(PAIR, { env: users({ DO: does }) });
const told = ({ stderr }: NodeProcess): string[] => stderr.split('\n').filter((line) => line !== '');

describe('two applications that own one process', () => {
  it.each([
    ['both can be stopped', '', 0],
    ['the first to stop fails', 'quick-fails', 1],
    ['the last to stop fails', 'slow-fails', 1],
  ])('both stop to their end on SIGTERM, and the code tells of both: %s', async (_, does, code) => {
    const service = startPair(does);
    await waitUntil(() => told(service).some((line) => line.startsWith('running')), { what: 'both to run' });
    service.signal('SIGTERM');

    expect(await service.exited).toEqual({ code, signal: null });
    expect(told(service).slice(-2)).toEqual(['quick stopped', 'slow stopped']);
  });

  it('both stop when a service of one of them crashes', async () => {
    const service = startPair('quick-crashes');

    expect(await service.exited).toEqual({ code: 1, signal: null });
    expect(told(service).slice(-2)).toEqual(['quick stopped', 'slow stopped']);
    expect(service.logs.filter(({ level }) => level === 'fatal')).toHaveLength(1);
  });
});

describe('applications one after another in one process', () => {
  it('have their handlers of signals and of fatal errors once each, and leave none', async () => {
    const service = startPair('one-after-another');

    expect(await service.exited).toEqual({ code: 0, signal: null });
    const lines = told(service).filter((line) => !line.startsWith('one '));
    expect([...new Set(lines)]).toEqual(['running 1 1 1', 'over 0 0 0']);
  });
});
