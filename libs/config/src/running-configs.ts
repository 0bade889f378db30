import { AsyncLocalStorage } from 'node:async_hooks';
import type { AnyConfigClass, LoadedConfig } from './config-class.js';
import { ConfigUnknownError } from './config.errors.js';

// A function that anybody may call knows its application by nothing but the process.

const scope = new AsyncLocalStorage<LoadedConfig>();
const running = new Set<LoadedConfig>();

/**
 * The configuration of the application at hand, outside of injection: that of the running request, service or
 * initializer, else that of the only application of the process.
 *
 * @throws ConfigUnknownError when no application, or more than one, has loaded this class
 */
export function getConfig<C extends AnyConfigClass>(Class: C): InstanceType<C> {
  const scoped = scope.getStore();
  if (scoped instanceof Class) return scoped as InstanceType<C>;
  const candidates = [...running].filter((config) => config instanceof Class);
  const [only] = candidates;
  if (!only || candidates.length > 1) throw new ConfigUnknownError(Class.name, candidates.length);
  return only as InstanceType<C>;
}

/**
 * Runs `work` as part of the application that has this configuration: {@link getConfig} gives it there and in
 * everything that begins there, such as the requests of a server.
 */
export function runWithConfig<T>(config: LoadedConfig, work: () => T): T {
  return scope.run(config, work);
}

/**
 * Makes a configuration known to {@link getConfig} until the result is disposed of. Where it is known already, its end
 * is left to whoever was first.
 */
export function announceConfig(config: LoadedConfig): Disposable {
  const isFirst = !running.has(config);
  running.add(config);
  return { [Symbol.dispose]: () => void (isFirst && running.delete(config)) };
}
