// Reloads a configuration again and again, every tenth time a wrong one, with listeners of all kinds, and writes what
// each reload has left on the heap, as plain JavaScript. To be run with --expose-gc.
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { addReloadMetrics, configClass, ConfigReload, int, loadConfig, reloadable, secret } from '@eggybyte/config';
import { Metrics } from '@eggybyte/observability';

const WARM_UP = 2000;
const RELOADS = 10_000;

class AppConfig extends configClass({
  PAGE_SIZE: reloadable(int({ min: 1, default: 20 })),
  API_KEY: reloadable(secret({ optional: true })),
}) {}

Logger.overrideLogger(false);
let listener;
const source = { name: 'hand', start: (told) => void (listener = told), stop: async () => undefined };
const config = loadConfig(AppConfig, { env: {} });
const reload = new ConfigReload(config, { sources: [source] });
addReloadMetrics(new Metrics(), reload);
reload.start();
let told = 0;
config.watch('PAGE_SIZE', () => told++);
config.watch('PAGE_SIZE', async () => sleep(1));
config.watch('PAGE_SIZE', () => {
  throw new Error('no');
});
const subscription = config.changes$.subscribe(() => told++);

async function reloads(count) {
  for (let turn = 1; turn <= count; turn++) {
    const size = turn % 10 === 0 ? 'wrong' : String(turn);
    listener.onTexts({ texts: Object.freeze({ PAGE_SIZE: size, API_KEY: `key ${turn}` }), version: `v${turn}` });
    using _ = config.watch('API_KEY', () => told++);
    if (turn % 1000 === 0) await sleep(0);
  }
  await sleep(20);
  globalThis.gc();
  return process.memoryUsage().heapUsed;
}

const before = await reloads(WARM_UP);
const after = await reloads(RELOADS);
subscription.unsubscribe();
process.stdout.write(
  `${JSON.stringify({ bytesPerReload: (after - before) / RELOADS, told, generation: config.generation })}\n`,
);
