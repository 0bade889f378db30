// A program that logs and ends in the way its first argument says.
import { setTimeout as sleep } from 'node:timers/promises';
import { createRootLogger } from '@eggybyte/logging';

const [way, format = 'json'] = process.argv.slice(2);
const logger = createRootLogger({ service: 'chatty', environment: 'test', version: '1', format });
const say = (count, text = 'egg') => {
  for (let at = 0; at < count; at++) logger.info({ at, text }, 'said');
};

const ways = {
  exit: () => {
    say(2000);
    process.exit(3);
  },
  return: () => say(2000),
  'exit-listener': () => {
    process.on('exit', () => say(3));
    process.exit(0);
  },
  'alike-errors': () => {
    for (let at = 0; at < 250; at++) logger.error({ at }, 'the queue is full');
    process.exit(0);
  },
  crash: () => {
    say(10);
    throw new Error('crashed');
  },
  fatal: () => {
    say(10);
    logger.fatal('the end');
    process.kill(process.pid, 'SIGKILL');
  },
  flood: async () => {
    for (let round = 0; round < 50; round++) {
      say(100, 'x'.repeat(4000));
      await sleep(1);
    }
    process.stderr.write('still alive\n');
    process.exit(0);
  },
};
await ways[way]();
