import { ConfigService } from '@nestjs/config';
import type { LoadedConfig } from './config-class.js';
import { ConfigReadOnlyError } from './config.errors.js';

/**
 * The ConfigService of @nestjs/config over a loaded configuration: a name of the schema gives the checked value of the
 * current snapshot, a secret stays a `Secret`; any other name reads `process.env`, as it does there.
 */
export class LoadedConfigService extends ConfigService {
  readonly #config: Pick<LoadedConfig, 'snapshot'>;

  constructor(config: Pick<LoadedConfig, 'snapshot'>) {
    super();
    this.#config = config;
  }

  // One loose signature covers the overloads of the base class, which are what users see.
  override get(name: any, fallback?: any, options?: unknown): any {
    const values: Readonly<Record<string, unknown>> = this.#config.snapshot();
    if (!Object.hasOwn(values, name)) return super.get(name, fallback);
    const value = values[name];
    const hasFallback = options !== undefined || fallback?.infer !== true;
    return value === undefined && hasFallback ? fallback : value;
  }

  /** @throws ConfigReadOnlyError always: a value that code sets would contradict its own provenance */
  override set(name: unknown): never {
    throw new ConfigReadOnlyError(String(name));
  }
}
