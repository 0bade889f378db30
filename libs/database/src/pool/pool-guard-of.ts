import type { DataSource } from 'typeorm';
import type { PoolGuard } from './pool-guard.js';

/** By its property and not by its class, which would load mysql2. */
export function poolGuardOf(dataSource: DataSource): PoolGuard | undefined {
  const { driver } = dataSource.options as { driver?: { guard?: PoolGuard } };
  return driver?.guard;
}
