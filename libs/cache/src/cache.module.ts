import { Launcher } from '@eggybyte/lifecycle';
import { Metrics, Tracer } from '@eggybyte/observability';
import { Global, Inject, Module, type OnApplicationShutdown, Optional } from '@nestjs/common';
import { CacheDriver } from './cache-driver.js';
import { CacheKeys } from './cache-keys.js';
import { Cache, CACHE_MANAGER } from './cache-manager.js';
import { CacheHealthChecker } from './cache.health.js';
import { CACHE_OPTIONS, ConfigurableModuleClass } from './cache.module-definition.js';
import { type CacheOptions, resolveCacheOptions } from './cache.options.js';
import { CacheService } from './cache.service.js';
import { FailOpenDriver } from './fail-open-driver.js';
import { openDriver } from './open-driver.js';

/** Beyond the connect timeout, for a driver that the application makes itself. */
const OPEN_GRACE_MS = 5000;

/** Provides {@link CacheService} and cache-manager's {@link Cache} everywhere, over one driver. */
@Global()
@Module({
  providers: [
    {
      provide: CacheDriver,
      inject: [CACHE_OPTIONS, { token: Launcher, optional: true }],
      useFactory: async (options: CacheOptions, launcher?: Launcher): Promise<CacheDriver> => {
        const resolved = resolveCacheOptions(options);
        const open = () => openDriver(resolved);
        const timeout = resolved.connectTimeoutMs + OPEN_GRACE_MS;
        return launcher ? launcher.initialize('cache', timeout, open, (driver) => driver.close()) : open();
      },
    },
    {
      provide: FailOpenDriver,
      inject: [CacheDriver, ...[Metrics, Tracer].map((token) => ({ token, optional: true }))],
      useFactory: (driver: CacheDriver, metrics?: Metrics, tracer?: Tracer) =>
        new FailOpenDriver(driver, metrics, tracer),
    },
    {
      provide: CacheService,
      inject: [FailOpenDriver, CACHE_OPTIONS],
      useFactory: (driver: FailOpenDriver, options: CacheOptions) => new CacheService(driver, options),
    },
    {
      provide: Cache,
      inject: [FailOpenDriver, CACHE_OPTIONS],
      useFactory: (driver: FailOpenDriver, options: CacheOptions) => {
        const { keyPrefix, defaultTtlMs } = resolveCacheOptions(options);
        return new Cache(driver, new CacheKeys(keyPrefix), defaultTtlMs);
      },
    },
    { provide: CACHE_MANAGER, useExisting: Cache },
    CacheHealthChecker,
  ],
  exports: [CacheService, Cache, CACHE_MANAGER],
})
export class EggyCacheModule extends ConfigurableModuleClass implements OnApplicationShutdown {
  constructor(
    private readonly driver: CacheDriver,
    @Optional() @Inject(Launcher) private readonly launcher?: Launcher,
  ) {
    super();
  }

  /** Without a launcher the module closes its driver itself: after HTTP, as Nest calls this hook last. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.launcher) await this.driver.close();
  }
}
