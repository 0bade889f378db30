// Nest as it comes, on either framework.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { ItemsController } from './items.mjs';
import { adapterOf } from './adapter.mjs';
import { serving } from './serving.mjs';

class AppModule {}
Module({ controllers: [ItemsController] })(AppModule);

const [framework] = process.argv.slice(2);
const app = await NestFactory.create(AppModule, await adapterOf(framework), { logger: false });
await app.listen(0, '127.0.0.1');
serving(app.getHttpServer().address().port);
