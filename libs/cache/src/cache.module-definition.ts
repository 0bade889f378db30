import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { CacheOptions } from './cache.options.js';

export const CACHE_OPTIONS = Symbol('eggybyte:cache:options');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<CacheOptions>({
  optionsInjectionToken: CACHE_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();
