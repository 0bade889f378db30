// Makes an application and closes it again and again, and writes what each cycle has left on the heap, as plain
// JavaScript: `cycles.mjs <bootstrap | create> <fastify | express>`.
import { once } from 'node:events';
import { get } from 'node:http';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ExpressAdapter } from '@nestjs/platform-express';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { bootstrap, EggyCoreModule, Initializer, Metrics, Service } from '@eggybyte/core';

const WARM_UP = 50;
const CYCLES = 100;
const [how, adapter] = process.argv.slice(2);

class Front {
  constructor(metrics) {
    this.visits = metrics.counter('visits_total', 'Visits');
  }

  visit() {
    this.visits.inc();
    return 'here';
  }
}
Controller()(Front);
Get()(Front.prototype, 'visit', Object.getOwnPropertyDescriptor(Front.prototype, 'visit'));
Reflect.defineMetadata('design:paramtypes', [Metrics], Front);

class Clock {
  start = async () => void (this.timer = setInterval(() => undefined, 1000));
  stop = async () => clearInterval(this.timer);
}
Service()(Clock);

class Index {
  init = async () => undefined;
}
Initializer()(Index);

const values = { SERVICE_NAME: 'cycles', PORT: 0, HOST: '127.0.0.1', METRICS_PORT: 0, MONITORING_HOST: '127.0.0.1' };

class AppModule {}
Module({
  imports: [EggyCoreModule.forRoot({ values: { ...values, LOG_LEVEL: 'silent', DATABASE_DSN: 'sqlite::memory:' } })],
  controllers: [Front],
  providers: [Clock, Index],
})(AppModule);

const ADAPTERS = { fastify: () => new FastifyAdapter(), express: () => new ExpressAdapter() };

/** Not by fetch(): it keeps an entry of the performance timeline for each request. */
async function visit(url) {
  const [answer] = await once(get(url, { agent: false }), 'response');
  if ((await text(answer)) !== 'here') throw new Error(`${url} is not there`);
}

const CYCLE = {
  async bootstrap() {
    const application = await bootstrap(AppModule, { ownProcess: false, adapter });
    await visit(application.url);
    const code = await application.stop();
    if (code !== 0) throw new Error(`The stop ended with ${code}`);
  },
  async create() {
    const app = await NestFactory.create(AppModule, ADAPTERS[adapter](), { abortOnError: false, logger: false });
    await app.listen(0, '127.0.0.1');
    await visit(await app.getUrl());
    await app.close();
  },
};

/** What a timer or a finished stream still holds goes some turns of the event loop later. */
async function settledHeap() {
  for (let turn = 0; turn < 4; turn++) {
    await sleep(20);
    globalThis.gc();
  }
  return process.memoryUsage().heapUsed;
}

for (let turn = 0; turn < WARM_UP; turn++) await CYCLE[how]();
const heap = await settledHeap();
for (let turn = 0; turn < CYCLES; turn++) await CYCLE[how]();
const kept = Math.round(((await settledHeap()) - heap) / CYCLES);
process.stdout.write(`${JSON.stringify({ msg: 'done', kept })}\n`);
