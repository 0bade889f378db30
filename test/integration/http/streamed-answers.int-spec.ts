import { Readable } from 'node:stream';
import {
  type CallHandler,
  Controller,
  type ExecutionContext,
  Get,
  type NestInterceptor,
  StreamableFile,
  UseInterceptors,
} from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { map, type Observable } from 'rxjs';
import { FRAMEWORKS, startWorld } from './http-world.js';

async function* parts(): AsyncGenerator<string> {
  yield 'a';
  yield 'b';
}

class Wrapped implements NestInterceptor {
  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(map((data: unknown) => ({ data })));
  }
}

@Controller()
class AnswersController {
  @Get('object')
  object(): object {
    return { a: 1 };
  }

  @Get('bare-object')
  bareObject(): object {
    return Object.assign(Object.create(null) as object, { a: 1 });
  }

  @Get('generated')
  generated(): AsyncGenerator<string> {
    return parts();
  }

  @Get('response')
  response(): Response {
    return new Response('ab', { status: 201, headers: { 'x-egg': 'brown' } });
  }

  @Get('file')
  file(): StreamableFile {
    return new StreamableFile(Readable.from(['a', 'b']));
  }

  @Get('wrapped-object')
  @UseInterceptors(Wrapped)
  wrappedObject(): object {
    return { a: 1 };
  }

  @Get('wrapped-stream')
  @UseInterceptors(Wrapped)
  wrappedStream(): AsyncGenerator<string> {
    return parts();
  }
}

describe.each(FRAMEWORKS)('an answer on %s', (framework) => {
  it.each([
    ['object', 200, '{"a":1}'],
    ['bare-object', 200, '{"a":1}'],
    ['generated', 200, 'ab'],
    ['response', 201, 'ab'],
    ['file', 200, 'ab'],
    ['wrapped-object', 200, '{"data":{"a":1}}'],
    ['wrapped-stream', 200, 'ab'],
  ])('of %s is what its handler made', async (path, status, text) => {
    const world = await startWorld(framework, { controllers: [AnswersController] });
    const answer = await world.send(`/${path}`);

    expect({ status: answer.status, text: answer.text }).toEqual({ status, text });
  });
});
