import { statfs } from 'node:fs/promises';
import { HealthChecker } from '@eggybyte/core';

const LEAST_FREE_BYTES = 50 * 1024 * 1024;

/** The service still answers on a full disk, so it is degraded then, not unready. */
@HealthChecker({ name: 'disk', critical: false, timeout: '500ms' })
export class DiskHealth implements HealthChecker {
  async check(): Promise<void> {
    const { bavail, bsize } = await statfs('.');
    const free = bavail * bsize;
    if (free < LEAST_FREE_BYTES) throw new Error(`only ${free} bytes are free`);
  }
}
