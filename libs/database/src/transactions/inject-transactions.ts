import { Inject, type InjectionToken } from '@nestjs/common';
import { DEFAULT_DATA_SOURCE, dataSourceName } from '../data-source/data-source-name.js';
import { Transactions } from './transactions.js';

/** Injects the {@link Transactions} of a data source; of the default one it is the class. @throws ArgumentError for a name that is none */
export function transactionsToken(dataSource: string = DEFAULT_DATA_SOURCE): InjectionToken<Transactions> {
  const name = dataSourceName(dataSource);
  return name === DEFAULT_DATA_SOURCE ? Transactions : `${name}Transactions`;
}

/** Injects the {@link Transactions} of the data source with this name: `@InjectTransactions('reporting')`. */
export function InjectTransactions(dataSource?: string): ParameterDecorator & PropertyDecorator {
  return Inject(transactionsToken(dataSource));
}
