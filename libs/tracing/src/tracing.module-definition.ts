import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { Tracing } from './tracing.js';
import type { TracingOptions } from './tracing.options.js';

export const TRACING_OPTIONS = Symbol('eggybyte:tracing:options');

/** Of its own, or one that somebody else closes. */
export type TracingModuleOptions = TracingOptions | { tracing: Tracing };

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<TracingModuleOptions>({
  optionsInjectionToken: TRACING_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();
