export interface ExistingDatabaseOptions {
  /** Whether `/readyz` fails while the database is down. @default true */
  healthCritical?: boolean | undefined;
}

export interface ResolvedExistingDatabaseOptions {
  healthCritical: boolean;
}

export function resolveExistingDatabaseOptions(options: ExistingDatabaseOptions): ResolvedExistingDatabaseOptions {
  return { healthCritical: options.healthCritical ?? true };
}
