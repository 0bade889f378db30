// Boots an application, uses all of the test kit, stops it, and writes what is still open then, as plain
// JavaScript: `left-behind.mjs <fastify | express>`. Not in Jest, which has timers of its own.
import { setImmediate } from 'node:timers/promises';
import { Controller, Module, Post } from '@nestjs/common';
import { EggyCoreModule, HealthChecker } from '@eggybyte/core';
import { bootApp } from '@eggybyte/testing';

class Till {
  sell() {
    return { sold: true };
  }
}
Controller()(Till);
Post('sales')(Till.prototype, 'sell', Object.getOwnPropertyDescriptor(Till.prototype, 'sell'));

class SearchHealth {
  async check() {}
}
HealthChecker({ name: 'search' })(SearchHealth);

class ShopModule {}
Module({ imports: [EggyCoreModule.forRoot()], controllers: [Till], providers: [SearchHealth] })(ShopModule);

const [adapter] = process.argv.slice(2);

async function cycle() {
  await using app = await bootApp(ShopModule, { adapter });
  const { status } = await app.request('POST', '/sales', { product: 1 });
  if (status !== 201) throw new Error(`The sale was answered with ${status}`);
  await app.probe('/metrics');
  await app.health('search').fail();
  await app.waitForLog('ready');
  await app.drain();
}

const listeners = () => process.eventNames().map((name) => [String(name), process.listenerCount(name)]);

await cycle();
const before = listeners();
await cycle();
// What is closed is gone a turn of the event loop later; no time is given for anything else to end.
for (let turn = 0; turn < 2; turn++) await setImmediate();
const open = process.getActiveResourcesInfo().filter((name) => name !== 'PipeWrap');
process.stdout.write(`${JSON.stringify({ msg: 'done', open, before, after: listeners() })}\n`);
