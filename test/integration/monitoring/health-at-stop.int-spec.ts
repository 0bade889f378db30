import 'reflect-metadata';
import { Module } from '@nestjs/common';
import { describe, expect, it } from '@jest/globals';
import { EggyCoreModule, HealthChecker } from '@eggybyte/core';
import { bootApp } from '@eggybyte/testing';

/** A service whose only check does this. */
function withCheck(check: (signal: AbortSignal) => Promise<void>) {
  @HealthChecker({ name: 'search', critical: false, timeout: '1m' })
  class SearchHealth implements HealthChecker {
    readonly check = check;
  }
  @Module({ imports: [EggyCoreModule.forRoot({ database: false })], providers: [SearchHealth] })
  class AppModule {}
  return AppModule;
}

describe('a health check at the stop', () => {
  it('that ignores its abort is named, and the exit code tells', async () => {
    const app = await bootApp(withCheck(() => new Promise(() => undefined)));
    expect(await app.stop()).toBe(1);
    await app.waitForLog(({ msg }) => String(msg).startsWith('Health check `search` did not end within 500 ms'));
  });

  it('that honours its abort ends at once and is no failure', async () => {
    let aborted = false;
    const app = await bootApp(
      withCheck(
        (signal) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener('abort', () => {
              aborted = true;
              reject(signal.reason as Error);
            });
          }),
      ),
    );
    expect(await app.stop()).toBe(0);
    expect(aborted).toBe(true);
    expect(app.logs.filter(({ level }) => level === 'warn' || level === 'error')).toEqual([]);
  });
});
