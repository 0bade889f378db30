import { EggyCoreModule } from '@eggybyte/core';
import { Module } from '@nestjs/common';
import { UsersModule } from './users.module.js';

@Module({ imports: [EggyCoreModule.forRoot(), UsersModule] })
export class AppModule {}
