import type { ModulesContainer } from '@nestjs/core';
import { HookFailedError } from '../lifecycle.errors.js';
import { Waits } from '../waits.js';
import { singletons } from './discover-providers.js';

const START_HOOKS = ['onModuleInit', 'onApplicationBootstrap'] as const;
const STOP_HOOKS = ['onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown'] as const;

type Hook = (typeof START_HOOKS)[number] | (typeof STOP_HOOKS)[number];
type Hooked = Partial<Record<Hook, unknown>>;

interface HookObserver {
  /** Told each hook that runs. */
  waits: Waits;
  /** A hook of the start rejected, which fails the start. */
  onStartFailure(hook: string, cause: unknown): void;
  /** A hook of the stop rejected: Nest would log it, and go on as if nothing had happened. */
  onStopFailure(error: HookFailedError): void;
}

/**
 * Follows the lifecycle hooks of the singletons of a container, as Nest tells neither which hook hangs nor that one
 * failed at the stop. Each is followed for one call: afterwards the instance is as it was.
 */
export function watchHooks(modules: ModulesContainer, observer: HookObserver): void {
  for (const { wrapper, type } of singletons(modules)) {
    const instance = wrapper.instance as Hooked | undefined;
    // The object of a `useValue` is somebody else's, and may be part of several applications.
    const isValue = wrapper.metatype === null;
    if (!instance || isValue || wrapper.isTransient || !wrapper.isDependencyTreeStatic()) continue;
    for (const hook of START_HOOKS) {
      watch(instance, hook, type.name, observer.waits, (name, cause) => {
        observer.onStartFailure(name, cause);
        throw cause;
      });
    }
    for (const hook of STOP_HOOKS) {
      watch(instance, hook, type.name, observer.waits, (name, cause) =>
        observer.onStopFailure(new HookFailedError(name, cause)),
      );
    }
  }
}

function watch(
  instance: Hooked,
  hook: Hook,
  of: string,
  waits: Waits,
  onFailure: (name: string, cause: unknown) => void,
): void {
  const original = instance[hook];
  if (typeof original !== 'function') return;
  const name = `${of}.${hook}()`;
  const own = Object.getOwnPropertyDescriptor(instance, hook);
  const watched = async (...args: unknown[]): Promise<void> => {
    if (own) Object.defineProperty(instance, hook, own);
    else delete instance[hook];
    const inner = new Waits();
    const end = waits.begin(`\`${name}\``, inner);
    try {
      await inner.follow(() => original.apply(instance, args) as unknown);
    } catch (cause) {
      onFailure(name, cause);
    } finally {
      end();
    }
  };
  // A frozen instance cannot be followed, and stays as it is.
  Reflect.defineProperty(instance, hook, { value: watched, configurable: true, writable: true });
}
