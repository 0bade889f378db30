import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { ModulesContainer } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/internal';
import type { CreatedProvider } from '../launcher-events.js';

const MOST_TOLD = 20;

/** The providers that are being made, without those that only wait for another one of them. */
export function pendingProviders(modules: ModulesContainer): string[] {
  const pending = [...wrappers(modules)].filter(isPending);
  return [...new Set(pending.filter((wrapper) => !dependenciesOf(wrapper).some(isPending)).map(nameOf))];
}

/** The providers that took longest, those first. */
export function slowestProviders(modules: ModulesContainer): CreatedProvider[] {
  return [...wrappers(modules)]
    .filter(({ initTime = 0 }) => initTime >= 1)
    .toSorted((a, b) => (b.initTime ?? 0) - (a.initTime ?? 0))
    .slice(0, MOST_TOLD)
    .map((wrapper) => ({ name: nameOf(wrapper), tookMs: wrapper.initTime ?? 0 }));
}

function* wrappers(modules: ModulesContainer): Generator<InstanceWrapper> {
  for (const { providers, controllers, injectables } of modules.values()) {
    for (const collection of [providers, controllers, injectables]) {
      for (const wrapper of collection.values()) if (!wrapper.isAlias) yield wrapper;
    }
  }
}

function isPending(wrapper: InstanceWrapper): boolean {
  const { isPending: begun, isResolved } = wrapper.getInstanceByContextId(STATIC_CONTEXT);
  return !wrapper.isTransient && begun === true && !isResolved;
}

function dependenciesOf(wrapper: InstanceWrapper): InstanceWrapper[] {
  const properties = (wrapper.getPropertiesMetadata() ?? []).map((property) => property.wrapper);
  return [...(wrapper.getCtorMetadata() ?? []), ...properties].filter((found) => Boolean(found));
}

function nameOf({ token, name }: InstanceWrapper): string {
  const shown = typeof token === 'function' ? token.name : token;
  return `provider \`${String(shown ?? name)}\``;
}
