import type { ServerResponse } from 'node:http';
import { StreamableFile } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';

/** What Nest sets for a file, and what is wrong for an error. */
const HEADERS_OF_FILE = ['Content-Type', 'Content-Length', 'Content-Disposition'];

/** `req.next` is where Express itself passes on what fails later, as in `res.render`. */
type ExpressResponse = ServerResponse & { req: { next?: (error: unknown) => void } };

/**
 * Lets a file that cannot be read at all be answered by the exception filters, as it is on Fastify; Nest's own handler for
 * Express answers 400 as plain text. What was set by `setErrorHandler` is left.
 */
export function filterFileErrors(adapter: AbstractHttpAdapter): void {
  // Each file has a handler of its own, so that its text alone tells whose it is.
  const nests = String(new StreamableFile(new Uint8Array()).errorHandler);
  const reply = adapter.reply.bind(adapter) as (...args: unknown[]) => unknown;
  adapter.reply = (response: unknown, body: unknown, status?: number) => {
    if (body instanceof StreamableFile && String(body.errorHandler) === nests) passOnError(body);
    return reply(response, body, status);
  };
}

function passOnError(file: StreamableFile): void {
  const { errorHandler } = file;
  file.setErrorHandler((error, handled) => {
    const response = handled as unknown as ExpressResponse;
    const { next } = response.req;
    if (response.headersSent || response.destroyed || !next) return errorHandler(error, handled);
    for (const name of HEADERS_OF_FILE) response.removeHeader(name);
    next(error);
  });
}
