import 'reflect-metadata';
import { SetMetadata } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { requestContext, runInContext, traceContexts } from './request-context.js';
import { type Span, Tracer } from './tracer.js';
import { WithContext } from './with-context.js';

class Jobs {
  @WithContext()
  static sweep(): string | undefined {
    return requestContext()?.requestId;
  }

  constructor(private readonly prefix: string) {}

  @SetMetadata('above', 1)
  @WithContext()
  @SetMetadata('below', 2)
  async nightly(what: string): Promise<[string, string | undefined]> {
    await Promise.resolve();
    return [`${this.prefix}${what}`, requestContext()?.requestId];
  }

  @WithContext({ name: 'orders' })
  fail(): never {
    throw new TypeError('no');
  }
}

describe('WithContext', () => {
  it('gives each call a context of its own, with its object and its parameters', async () => {
    const jobs = new Jobs('job ');
    const [first, second] = await Promise.all([jobs.nightly('a'), jobs.nightly('b')]);
    expect([first[0], second[0]]).toEqual(['job a', 'job b']);
    expect(first[1]).toMatch(/^[0-9a-f-]{36}$/);
    expect(second[1]).not.toBe(first[1]);
    expect(requestContext()).toBeUndefined();
  });

  it('leaves the context of whoever calls it', async () => {
    await runInContext({ 'x-request-id': 'outer' }, async () => {
      const [, inner] = await new Jobs('').nightly('');
      expect(inner).not.toBe('outer');
      expect(requestContext()?.requestId).toBe('outer');
    });
  });

  it('hands errors on', () => {
    expect(() => new Jobs('').fail()).toThrow('no');
  });

  it('keeps what other decorators have said, above and below, and the name', () => {
    const method = Object.getOwnPropertyDescriptor(Jobs.prototype, 'nightly')?.value as () => void;
    expect([Reflect.getMetadata('above', method), Reflect.getMetadata('below', method)]).toEqual([1, 2]);
    expect(method.name).toBe('nightly');
  });

  it('names the span after class and method, also of a static one', () => {
    const names: string[] = [];
    class Listed extends Tracer {
      override startSpan(): Span {
        throw new Error('nothing is inside of anything here');
      }

      override startEntry(name: string): Span {
        names.push(name);
        return { trace: { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), flags: '01' }, isRecorded: true, end() {} };
      }
    }
    using _ = traceContexts(new Listed());
    expect(Jobs.sweep()).toBeDefined();
    void new Jobs('').nightly('');
    expect(() => new Jobs('').fail()).toThrow('no');
    expect(names).toEqual(['Jobs.sweep', 'Jobs.nightly', 'orders']);
  });

  it('is refused for what is no method', () => {
    const decorate = (): void => void WithContext()(Jobs.prototype, 'prefix', { value: 7 });
    expect(decorate).toThrow('@WithContext() is for methods, and prefix is none');
  });
});
