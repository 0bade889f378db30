import { Module } from '@nestjs/common';
import { DiskHealth } from './disk.health.js';
import { EmailBlocklist } from './email-blocklist.js';
import { UserCensus } from './user-census.js';
import { UserRepository } from './user.repository.js';
import { UsersController } from './users.controller.js';
import { Users } from './users.js';

@Module({
  controllers: [UsersController],
  providers: [UserRepository, Users, EmailBlocklist, UserCensus, DiskHealth],
})
export class UsersModule {}
