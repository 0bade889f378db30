import type { DataSource } from 'typeorm';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { DatabaseHealthChecker } from '../database.health.js';
import type { Module } from './type-orm-modules.js';

/** Of the name of a check; `database-` stands before it. */
const LONGEST = 48;

/**
 * Adds a health check to the module for each data source with a name. Their number is not known when the module is
 * declared, so they come as values when its other providers are there.
 */
export function addNamedChecks(
  module: Module,
  named: readonly { name: string; dataSource: DataSource }[],
  critical: boolean,
): void {
  const taken = new Set<string>([DEFAULT_DATA_SOURCE]);
  for (const { name, dataSource } of named) {
    const own = freeName(checkable(name), taken);
    taken.add(own);
    const useValue = new DatabaseHealthChecker(dataSource, critical, own);
    module.addProvider({ provide: Symbol(`eggybyte:database:health:${name}`), useValue });
  }
}

/** TypeOrmModule takes any name; that of a check is of lower-case letters, digits and dashes. */
function checkable(name: string): string {
  return name
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .slice(0, LONGEST);
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  for (let n = 1; ; n++) {
    const numbered = n === 1 ? name : `${name}-${n}`;
    if (!taken.has(numbered)) return numbered;
  }
}
