import type { ServerResponse } from 'node:http';
import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  IntrinsicException,
  Logger,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { describeError, type DescribedError, errorBody } from './error-answer.js';
import { HTTP_OPTIONS } from './http.module-definition.js';
import { type HttpOptions, resolveHttpOptions } from './http.options.js';
import { trackedOf } from './tracked-request.js';
import { raw } from './request-hook.js';

/**
 * Answers every error of an HTTP request in one form: Nest's `{ statusCode, message, error }`, `code` and `request_id`.
 * A server error tells nothing of its cause to the client and is logged, once. Other kinds of requests keep what Nest
 * does with their errors.
 */
@Catch()
export class EggyExceptionFilter implements ExceptionFilter {
  readonly #logger = new Logger(EggyExceptionFilter.name);
  readonly #mappers;

  constructor(
    @Inject(HTTP_OPTIONS) options: HttpOptions,
    private readonly host: HttpAdapterHost,
  ) {
    this.#mappers = resolveHttpOptions(options).errorMappers;
  }

  catch(error: unknown, host: ArgumentsHost): void {
    // Nothing returned means "not handled" to the handlers of RPC and GraphQL, which go on with their own.
    if (host.getType() !== 'http') return;
    const adapter = this.host.httpAdapter;
    const described = this.#describe(error instanceof HttpException ? error : adapter.mapException(error));
    if (described.status >= 500 && isWorthLogging(error)) this.#logger.error(error ?? String(error));

    const response: unknown = host.getArgByIndex(1);
    const answer = raw<ServerResponse>(response);
    if (adapter.isHeadersSent(response)) {
      // Half an answer cannot be taken back: the client sees that it is broken by the connection's end.
      if (!answer.writableEnded) answer.destroy();
      return;
    }
    if (described.retryAfterSeconds !== undefined) {
      adapter.setHeader(response, 'Retry-After', String(Math.max(1, Math.ceil(described.retryAfterSeconds))));
    }
    adapter.reply(response, errorBody(described, trackedOf(answer)?.requestId), described.status);
  }

  #describe(error: unknown): DescribedError {
    try {
      return describeError(error, this.#mappers);
    } catch (mapperError) {
      this.#logger.error(mapperError);
      return describeError(error);
    }
  }
}

/** Nest's mark of errors that are part of its working. HTTP exceptions carry it too, whatever their status. */
function isWorthLogging(error: unknown): boolean {
  return !(error instanceof IntrinsicException) || error instanceof HttpException;
}
