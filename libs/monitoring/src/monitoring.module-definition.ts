import { ConfigurableModuleBuilder } from '@nestjs/common';
import type { MonitoringOptions } from './monitoring.options.js';

export const { ConfigurableModuleClass, MODULE_OPTIONS_TOKEN: MONITORING_OPTIONS } =
  new ConfigurableModuleBuilder<MonitoringOptions>({ moduleName: 'EggyMonitoring' })
    .setClassMethodName('forRoot')
    .build();
