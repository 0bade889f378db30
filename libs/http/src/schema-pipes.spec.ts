import 'reflect-metadata';
import { Body, Controller, Get, Param, type PipeTransform, Post, Query } from '@nestjs/common';
import { ROUTE_ARGS_METADATA } from '@nestjs/common/internal';
import type { ModulesContainer } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { validateBySchema } from './schema-pipes.js';

class Trim implements PipeTransform {
  transform(value: unknown): unknown {
    return value;
  }
}

class Base {
  @Post('inherited')
  inherited(@Body({ schema: z.string() }) body: string): string {
    return body;
  }
}

@Controller()
class Things extends Base {
  @Get(':id')
  get(@Param('id') id: string, @Query('page', Trim) page: string): string[] {
    return [id, page];
  }

  @Post()
  add(@Body({ schema: z.object({ name: z.string() }), pipes: [Trim] }) body: object): object {
    return body;
  }
}

const modules = new Map([
  ['m', { controllers: new Map([[Things, { metatype: Things }]]), providers: new Map([['f', { metatype: () => 1 }]]) }],
]) as unknown as ModulesContainer;

const pipesOf = (method: string): unknown[][] =>
  Object.values(Reflect.getMetadata(ROUTE_ARGS_METADATA, Things, method) as Record<string, { pipes: unknown[] }>)
    .map(({ pipes }) => pipes)
    .toReversed();
const names = (method: string): string[][] =>
  pipesOf(method).map((pipes) =>
    pipes.map((pipe) => (typeof pipe === 'function' ? pipe : Object(pipe).constructor).name),
  );

describe('validateBySchema', () => {
  it('puts validation before the pipes of parameters with a schema, once, and leaves all others', () => {
    validateBySchema(modules);
    validateBySchema(modules);
    expect(names('add')).toEqual([['StandardSchemaValidationPipe', 'Trim']]);
    expect(names('inherited')).toEqual([['StandardSchemaValidationPipe']]);
    expect(names('get')).toEqual(expect.arrayContaining([[], ['Trim']]));
  });
});
