import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { HEALTH_CHECKER_KEY, HealthChecker } from './health-checker.js';

describe('HealthChecker', () => {
  it('marks a class with its options', () => {
    @HealthChecker({ name: 'search', critical: false, timeout: '500ms' })
    class SearchHealth implements HealthChecker {
      async check(signal: AbortSignal): Promise<void> {
        signal.throwIfAborted();
      }
    }

    expect(Reflect.getMetadata(HEALTH_CHECKER_KEY, SearchHealth)).toEqual({
      name: 'search',
      critical: false,
      timeout: '500ms',
    });
  });

  it('leaves the class and its constructor as they are', () => {
    @HealthChecker({ name: 'search' })
    class SearchHealth {
      constructor(readonly url: string) {}

      async check(): Promise<void> {}
    }

    expect(new SearchHealth('http://127.0.0.1')).toMatchObject({ url: 'http://127.0.0.1' });
  });

  it('goes only on a class that checks, as the compiler sees it', () => {
    // @ts-expect-error there is nothing to check with
    @HealthChecker({ name: 'empty' })
    class Empty {}

    // @ts-expect-error a check that cannot be awaited would always be well
    @HealthChecker({ name: 'sync' })
    class Sync {
      check(): boolean {
        return false;
      }
    }

    // @ts-expect-error a check has a name
    @HealthChecker({})
    class Nameless {
      async check(): Promise<void> {}
    }

    // @ts-expect-error a duration has a unit
    @HealthChecker({ name: 'slow', timeout: 'long' })
    class Slow {
      async check(): Promise<void> {}
    }

    expect([Empty, Sync, Nameless, Slow]).toHaveLength(4);
  });
});
