import type { ModulesContainer } from '@nestjs/core';
import { DataSource } from 'typeorm';

export type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** Token of `@nestjs/typeorm` for the name of a module's data source, which it does not export. */
const NAME = 'TypeOrmDataSourceName';

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
