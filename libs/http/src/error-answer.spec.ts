import { describe, expect, it } from '@jest/globals';
import { BadRequestException, HttpException, ServiceUnavailableException } from '@nestjs/common';
import { EggyError } from '@eggybyte/errors';
import { describeError } from './error-answer.js';

class TestError extends EggyError {
  constructor(status?: number) {
    super('EGGY_TEST', { what: 'It broke', why: 'it was old', fix: 'buy a new one', status });
  }
}

describe('describeError', () => {
  it('tells an EggyError by its status and code, without its advice', () => {
    expect(describeError(new TestError(409))).toMatchObject({
      status: 409,
      code: 'EGGY_TEST',
      message: 'It broke: it was old',
    });
  });

  it('tells nothing of a server error', () => {
    const internal = { status: 500, code: 'INTERNAL_SERVER_ERROR', message: 'Internal Server Error' };
    for (const error of [
      new TestError(),
      new Error('secret'),
      'secret',
      null,
      undefined,
      7,
      new HttpException('secret', 500),
    ]) {
      expect(describeError(error)).toEqual(internal);
    }
    expect(describeError(new ServiceUnavailableException({ db: 'secret' }))).toEqual({
      status: 503,
      code: 'SERVICE_UNAVAILABLE',
      message: 'Service Unavailable',
      retryAfterSeconds: 1,
    });
  });

  it('lets the first mapper that knows an error decide', () => {
    const mappers = [
      () => undefined,
      () => ({ status: 429, code: 'SLOW_DOWN', message: 'later', retryAfterSeconds: 30 }),
      () => ({ status: 400, code: 'NEVER', message: 'never' }),
    ];
    expect(describeError(new TestError(409), mappers)).toEqual({
      status: 429,
      code: 'SLOW_DOWN',
      message: 'later',
      retryAfterSeconds: 30,
    });
  });

  it('keeps the message, the list of problems and the fields of an HTTP exception', () => {
    expect(describeError(new BadRequestException(['a', 'b']))).toMatchObject({
      message: ['a', 'b'],
      code: 'BAD_REQUEST',
    });
    expect(describeError(new HttpException('text', 418))).toMatchObject({ message: 'text', code: 'I_M_A_TEAPOT' });
    const own = describeError(new HttpException({ code: 'OWN', field: 'name' }, 422));
    expect(own).toMatchObject({ code: 'OWN', message: 'Http Exception', more: { field: 'name' } });
    expect(describeError(new HttpException(new Error('inner'), 400))).toMatchObject({ message: 'Bad Request' });
  });

  it('takes the status of errors of middleware, and of values that are no errors', () => {
    expect(describeError({ statusCode: 404, message: 'gone' })).toMatchObject({ status: 404, message: 'gone' });
    expect(describeError({ statusCode: 502, message: 'secret' })).toMatchObject({ status: 500 });
    expect(describeError({ statusCode: 404, message: 7 })).toMatchObject({ message: 'Not Found' });
    expect(describeError({ statusCode: 200, message: 'fine' })).toMatchObject({ status: 500 });
  });

  it('words what frameworks say of a body in one way', () => {
    const tooLarge = new HttpException('request entity too large', 413, { cause: new Error('x') });
    const noJson = new HttpException('Unexpected token s, "s3cret"', 400, { cause: new SyntaxError('x') });
    expect(describeError(tooLarge).message).toBe('Request body is too large');
    expect(describeError(noJson).message).toBe('Request body is not valid JSON');
    expect(describeError(new HttpException('my own limit', 413)).message).toBe('my own limit');
  });
});
