import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { ModulesContainer } from '@nestjs/core';
import { ProviderScopeError } from '../lifecycle.errors.js';

export interface DiscoveredProvider<T, O> {
  instance: T;
  /** Class name. */
  name: string;
  /** What the decorator was given. */
  options: O;
}

/**
 * The providers of a container that carry a decorator made by `DiscoveryService.createDecorator()`, in Nest's hook
 * order: deepest module first, then `providers` order. One instance under several tokens counts once.
 *
 * @throws ProviderScopeError for a marked provider that is not a singleton.
 */
export function discoverProviders<T extends object, O>(
  modules: ModulesContainer,
  key: string,
): DiscoveredProvider<T, O>[] {
  const found = new Map<T, DiscoveredProvider<T, O>>();
  for (const { wrapper, type } of singletons(modules)) {
    const options = Reflect.getMetadata(key, type) as O | undefined;
    if (options === undefined) continue;
    if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) throw new ProviderScopeError(type.name);
    const instance = wrapper.instance as T | null | undefined;
    if (instance) found.set(instance, { instance, name: type.name, options });
  }
  return [...found.values()];
}

/** The singletons of a container that have a method of this name, in the same order. */
export function discoverByMethod<T extends object>(modules: ModulesContainer, method: keyof T & string): T[] {
  const found = new Set<T>();
  for (const { wrapper } of singletons(modules)) {
    if (!wrapper.isDependencyTreeStatic() || wrapper.isTransient) continue;
    const instance = wrapper.instance as T | null | undefined;
    if (instance && typeof instance[method] === 'function') found.add(instance);
  }
  return [...found];
}

/** What a container holds, deepest module first, each module's own class last; aliases are left out. */
// Not DiscoveryService.getProviders({ metadataKey }): it answers in instantiation order and hands out the hollow
// prototypes of request-scoped providers.
export function* singletons(
  modules: ModulesContainer,
): Generator<{ wrapper: InstanceWrapper; type: { name: string } & object }> {
  const deepestFirst = [...modules.values()].toSorted((a, b) => b.distance - a.distance);
  for (const module of deepestFirst) {
    // The first one is the class of the module; its hooks run last.
    const [moduleClass, ...providers] = module.providers.values();
    for (const wrapper of [...providers, ...module.controllers.values(), moduleClass]) {
      const type = wrapper && !wrapper.isAlias ? typeOf(wrapper) : undefined;
      if (wrapper && type) yield { wrapper, type };
    }
  }
}

/** Class of the instance; where there is none, as a factory makes one per request, the class it stands for. */
function typeOf({ instance, token }: InstanceWrapper): ({ name: string } & object) | undefined {
  const of: unknown = instance;
  if (of === null || of === undefined) return typeof token === 'function' ? token : undefined;
  return typeof of === 'object' && typeof of.constructor === 'function' ? of.constructor : undefined;
}
