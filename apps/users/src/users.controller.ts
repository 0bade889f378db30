import { Body, Controller, Delete, Get, HttpCode, Param, ParseIntPipe, Patch, Post, Query } from '@nestjs/common';
import type { User } from './user.entity.js';
import { NewUser, PageQuery, UserChanges } from './user.schemas.js';
import { type UserPage, Users } from './users.js';

@Controller('users')
export class UsersController {
  constructor(private readonly users: Users) {}

  @Post()
  create(@Body({ schema: NewUser }) user: NewUser): Promise<User> {
    return this.users.create(user);
  }

  @Get()
  list(@Query({ schema: PageQuery }) query: PageQuery): Promise<UserPage> {
    return this.users.list(query);
  }

  @Get(':id')
  byId(@Param('id', ParseIntPipe) id: number): Promise<User> {
    return this.users.byId(id);
  }

  @Patch(':id')
  change(@Param('id', ParseIntPipe) id: number, @Body({ schema: UserChanges }) changes: UserChanges): Promise<User> {
    return this.users.change(id, changes);
  }

  @Delete(':id')
  @HttpCode(204)
  remove(@Param('id', ParseIntPipe) id: number): Promise<void> {
    return this.users.remove(id);
  }
}
