import { setTimeout as sleep } from 'node:timers/promises';
import type { ModulesContainer } from '@nestjs/core';
import { STATIC_CONTEXT } from '@nestjs/core/injector/constants.js';
import { getDataSourceToken } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';

export type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** Token of `@nestjs/typeorm` for the name of a module's data source, which it does not export. */
const NAME = 'TypeOrmDataSourceName';

const LOOK_MS = 20;

/** What `TypeOrmModule.forRoot` has added to an application, by name as `@nestjs/typeorm` does not export the class. */
export function typeOrmModules(modules: ModulesContainer): Module[] {
  return [...modules.values()].filter(({ metatype }) => metatype.name === 'TypeOrmCoreModule');
}

export function nameOfModule({ providers }: Module): string {
  return String(providers.get(NAME)?.instance);
}

/** Its data source; `undefined` while it is being made. */
export function dataSourceOf({ providers }: Module): DataSource | undefined {
  const instances = [...providers.values()].map(({ instance }): unknown => instance);
  return instances.find((instance) => instance instanceof DataSource);
}

/** Resolves when each of them has its data source, or when `isOver`. The container tells nobody else of it. */
export async function untilMade(modules: readonly Module[], isOver: () => boolean): Promise<void> {
  while (!isOver() && !modules.every(isMade)) await sleep(LOOK_MS, undefined, { ref: false });
}

function isMade(module: Module): boolean {
  const provider = module.providers.get(getDataSourceToken(nameOfModule(module)) as string);
  return provider?.getInstanceByContextId(STATIC_CONTEXT).isResolved !== false;
}
