import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { HttpOptions } from './http.options.js';

export const HTTP_OPTIONS = Symbol('eggybyte:http:options');

export const { ConfigurableModuleClass } = new ConfigurableModuleBuilder<HttpOptions>({
  optionsInjectionToken: HTTP_OPTIONS,
})
  .setClassMethodName('forRoot')
  .build();
