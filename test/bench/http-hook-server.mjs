// The server of http-hook.bench.mjs: one route, on the framework and with the parts that its arguments name.
import 'reflect-metadata';
import { Controller, Get, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { createHttpAdapter, EggyHttpModule } from '@eggybyte/http';
import { createRootLogger, EggyLoggingModule } from '@eggybyte/logging';
import { Metrics } from '@eggybyte/observability';

const [framework, variant] = process.argv.slice(2);

class ItemsController {
  get(id) {
    return { id, name: 'egg' };
  }
}
Param('id')(ItemsController.prototype, 'get', 0);
Get(':id')(ItemsController.prototype, 'get', Object.getOwnPropertyDescriptor(ItemsController.prototype, 'get'));
Controller('items')(ItemsController);

class MetricsModule {}
Module({})(MetricsModule);

const root = createRootLogger({ service: 'bench', environment: 'bench', version: '1' });
const parts = {
  bare: () => [],
  hook: () => [EggyHttpModule.forRoot({ securityHeaders: false })],
  headers: () => [EggyHttpModule.forRoot({})],
  all: () => [
    { module: MetricsModule, global: true, providers: [Metrics], exports: [Metrics] },
    EggyLoggingModule.forRoot({ root }),
    EggyHttpModule.forRoot({}),
  ],
};

class AppModule {}
Module({ imports: parts[variant](), controllers: [ItemsController] })(AppModule);

const app = await NestFactory.create(AppModule, await createHttpAdapter(framework), { logger: false });
await app.listen(0, '127.0.0.1');

let began;
process.on('message', (message) => {
  if (message === 'begin') {
    began = process.cpuUsage();
    process.send({ begun: true });
  } else {
    const { user, system } = process.cpuUsage(began);
    process.send({ cpuMicroseconds: user + system });
  }
});
process.on('disconnect', () => process.exit(0));
process.send({ port: app.getHttpServer().address().port });
