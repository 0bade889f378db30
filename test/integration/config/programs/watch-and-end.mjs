// Watches a directory twice, the first time until it is stopped, the second until nothing else is left to do.
import { setTimeout as sleep } from 'node:timers/promises';
import { DirectorySource } from '@eggybyte/config';

const log = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);
const listener = { onTexts: ({ texts }) => log({ msg: 'texts', texts }), onTrouble: () => undefined };
const start = () => {
  const source = new DirectorySource({ directory: process.argv[2] });
  source.start(listener);
  return source;
};

log({ msg: 'begin' });
const before = process.getActiveResourcesInfo();
const first = start();
await sleep(200);
await first.stop();
log({ msg: 'stopped', before, after: process.getActiveResourcesInfo() });
start();
await sleep(200);
