import type { AbstractHttpAdapter } from '@nestjs/core';
import { createHttpAdapter } from '@eggybyte/http';
import { AdapterMissingError } from './core.errors.js';
import type { CoreConfig } from './eggy-config.js';

/** The adapter that was asked for; its package is loaded only now, as a service installs the one it uses. */
export async function obtainAdapter(
  asked: 'fastify' | 'express' | AbstractHttpAdapter | undefined,
  { HTTP_ADAPTER, TRUST_PROXY: trustProxy }: CoreConfig,
): Promise<AbstractHttpAdapter> {
  if (typeof asked === 'object') return asked;
  const framework = asked ?? HTTP_ADAPTER;
  try {
    return await createHttpAdapter(framework, { trustProxy });
  } catch (cause) {
    throw isMissing(cause, framework) ? new AdapterMissingError(framework, cause) : cause;
  }
}

function isMissing(error: unknown, framework: string): boolean {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  return code === 'ERR_MODULE_NOT_FOUND' && String(message).includes(`@nestjs/platform-${framework}`);
}
