import type { DynamicModule, Type } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { EggyDatabaseModule } from '@eggybyte/database';
import { EggyLoggingModule, PinoLogger } from '@eggybyte/logging';
import { CoreTwiceError, SecondProviderError } from './core.errors.js';

type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/**
 * Refuses a container in which something of the suite is there a second time, so that nobody has to find out which of
 * two loggers or databases he was given.
 *
 * @throws CoreTwiceError or SecondProviderError, which names the import to remove
 */
export function checkContainer(container: ModulesContainer, core: Type): void {
  const modules = [...container.values()];
  if (modules.filter(({ metatype }) => metatype === core).length > 1) throw new CoreTwiceError();
  const [ours, others] = [true, false].map((own) => {
    const some = modules.filter(({ metatype }) => (metatype === EggyDatabaseModule) === own);
    return new Set(some.flatMap(dataSourcesIn));
  }) as [Set<string>, Set<string>];
  const twice = [...ours].find((name) => others.has(name));
  if (twice !== undefined) {
    const importer = importerOf(modules, 'TypeOrmModule', ({ imports = [] }) => imports.length > 0);
    throw new SecondProviderError(
      twice,
      'TypeOrmModule.forRoot()',
      importer,
      twice === 'DataSource' ? DATABASE_SWITCH : undefined,
    );
  }
  const logger = modules.find(({ metatype, providers }) => metatype !== EggyLoggingModule && providers.has(PinoLogger));
  if (logger) {
    const importer = importerOf(modules, logger.name, () => true);
    throw new SecondProviderError('PinoLogger', `${logger.name}.forRoot()`, importer);
  }
}

const DATABASE_SWITCH =
  "or adopt it by EggyCoreModule.forRoot({ database: 'existing' }), or leave it alone by { database: false }";

/**
 * The default one and those with a name, by the name of the token, as TypeORM is not loaded for a service without a
 * database.
 */
function dataSourcesIn({ providers }: Module): string[] {
  const names = [...providers.keys()].map((token) => (typeof token === 'function' ? token.name : String(token)));
  return names.filter((name) => /^(?:[a-z][a-z0-9_-]*)?DataSource$/.test(name));
}

/** The class whose decorator imports it. The container does not tell: there a global module is imported by all. */
function importerOf(modules: Module[], name: string, isIt: (imported: DynamicModule) => boolean): string | undefined {
  const importer = modules.find(({ metatype }) => {
    const imports = (Reflect.getMetadata('imports', metatype) ?? []) as (DynamicModule | undefined)[];
    return imports.some((imported) => imported?.module?.name === name && isIt(imported));
  });
  return importer?.name;
}
