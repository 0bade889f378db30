// The public API in an existing service, as samples.ts has the rest: compiled, never run.
import { Module, ValidationPipe } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { TypeOrmModule } from '@nestjs/typeorm';
import { bootstrap, EggyCoreModule } from '@eggybyte/core';
import { Product } from './samples.js';

// 12 adoption in an existing service: it keeps its ConfigModule and its TypeOrmModule
@Module({
  imports: [
    ConfigModule.forRoot(),
    TypeOrmModule.forRoot({ type: 'mysql', url: 'mysql://db/shop', entities: [Product] }),
    EggyCoreModule.forRoot({ database: 'existing' }),
  ],
})
export class ExistingModule {}
export async function main(): Promise<string> {
  const nest = await NestFactory.create(ExistingModule, { bufferLogs: true });
  // @ts-expect-error its adapter is made already
  await bootstrap(nest, { adapter: 'express' });
  const { url } = await bootstrap(nest, {
    configure: (app) => {
      app.setGlobalPrefix('api').useGlobalPipes(new ValidationPipe({ whitelist: true }));
    },
  });
  return url;
}
// @ts-expect-error there is no such way to have a database
export const noSuchDatabase = (): unknown => EggyCoreModule.forRoot({ database: 'adopted' });
