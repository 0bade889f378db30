import { ArgumentError } from '@eggybyte/errors';
import { DEFAULT_DATA_SOURCE, databaseVariable, dataSourceName } from './data-source-name.js';

const declared = new Set<string>();

/**
 * Names of the data sources that classes with `EggyRepository` and calls of `EggyDatabaseModule.forFeature` of this
 * process want: the default one first, the others in the order in which they were named. Empty where there is none.
 */
export function declaredDataSources(): readonly string[] {
  const named = [...declared].filter((name) => name !== DEFAULT_DATA_SOURCE);
  return declared.has(DEFAULT_DATA_SOURCE) ? [DEFAULT_DATA_SOURCE, ...named] : named;
}

/** Called by what declares entities. @throws ArgumentError for a name that is none, or that looks like another one */
export function declareDataSource(given: string | undefined): string {
  const name = dataSourceName(given);
  const twin = [...declared].find((other) => other !== name && variableOf(other) === variableOf(name));
  if (twin !== undefined) {
    throw new ArgumentError(
      'dataSource',
      `another name, as the variable of \`${twin}\` is ${variableOf(twin)} too`,
      name,
    );
  }
  declared.add(name);
  return name;
}

function variableOf(name: string): string {
  return databaseVariable(name, 'DSN');
}
