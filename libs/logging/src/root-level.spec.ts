import { beforeEach, describe, expect, it } from '@jest/globals';
import { NestLogger } from './nest-logger.js';
import { createRootLogger, type RootLogger } from './root-logger.js';

describe('the level of a root logger', () => {
  let lines: string[];
  let root: RootLogger;

  beforeEach(() => {
    lines = [];
    root = createRootLogger({
      service: 'test',
      environment: 'test',
      version: '1',
      destination: { write: (line) => void lines.push(line) },
    });
  });
  const told = () => lines.splice(0).map((line) => (JSON.parse(line) as { msg: string }).msg);

  it('reaches the loggers made of it, whenever they were made, and theirs', () => {
    const child = root.child({ part: 'orders' });
    const grandchild = child.child({ part: 'parcels' });
    for (const logger of [root, child, grandchild]) logger.debug('quiet');
    root.level = 'debug';
    for (const logger of [root, child, grandchild, root.child({})]) logger.debug('loud');
    root.level = 'error';
    for (const logger of [root, child, grandchild, root.child({})]) logger.info('quiet again');
    expect(told()).toEqual(['loud', 'loud', 'loud', 'loud']);
  });

  it('leaves a logger alone that was given another one', () => {
    const own = root.child({}, { level: 'warn' });
    root.level = 'debug';
    own.info('quiet');
    own.warn('loud');
    expect([own.level, told()]).toEqual(['warn', ['loud']]);
    own.level = 'trace';
    expect([own.level, root.level]).toEqual(['trace', 'debug']);
  });

  it('reaches Nest and whoever logs by it', () => {
    const nest = new NestLogger(root);
    nest.debug('quiet', 'Orders');
    root.level = 'debug';
    nest.debug('loud', 'Orders');
    nest.debug('loud');
    expect(told()).toEqual(['loud', 'loud']);
  });

  it('keeps working with a hundred thousand short-lived children', () => {
    for (let made = 0; made < 100_000; made++) root.child({ made });
    root.level = 'silent';
    root.fatal('quiet');
    expect(told()).toEqual([]);
  });
});
