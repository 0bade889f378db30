// The suite with everything on, as a service has it; with its requests traced; or its libs alone, with one switched off.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { bootstrap, EggyCoreModule } from '@eggybyte/core';
import { createHttpAdapter, EggyHttpModule } from '@eggybyte/http';
import { createRootLogger, EggyLoggingModule } from '@eggybyte/logging';
import { Metrics } from '@eggybyte/observability';
import { ItemsController } from './items.mjs';
import { serving } from './serving.mjs';

const [framework, variant = 'all'] = process.argv.slice(2);

if (variant === 'all' || variant === 'tracing') await whole();
else await libs(variant);

async function whole() {
  class AppModule {}
  Module({ imports: [EggyCoreModule.forRoot({ cache: false })], controllers: [ItemsController] })(AppModule);
  const env = { SERVICE_NAME: 'bench', HOST: '127.0.0.1', PORT: '0', MONITORING_HOST: '127.0.0.1', METRICS_PORT: '0' };
  Object.assign(process.env, { ...env, HTTP_ADAPTER: framework, LOG_FORMAT: 'json', LOG_LEVEL: 'info' });
  if (variant === 'tracing') process.env.OTEL_EXPORTER_OTLP_ENDPOINT = process.env.BENCH_RECEIVER;
  const { url } = await bootstrap(AppModule);
  serving(Number(new URL(url).port));
}

/** The libs by themselves, as a service without core has them. */
async function libs(without) {
  class MetricsModule {}
  Module({ providers: [Metrics], exports: [Metrics] })(MetricsModule);
  const root = createRootLogger({ service: 'bench', environment: 'bench', version: '1' });
  const parts = {
    metrics: { module: MetricsModule, global: true },
    records: EggyLoggingModule.forRoot({ root }),
  };
  const imports = Object.entries(parts).flatMap(([name, module]) => (name === without ? [] : [module]));
  const http = EggyHttpModule.forRoot(without === 'headers' ? { securityHeaders: false } : {});
  class AppModule {}
  Module({ imports: [...imports, http], controllers: [ItemsController] })(AppModule);
  const app = await NestFactory.create(AppModule, await createHttpAdapter(framework), { logger: false });
  await app.listen(0, '127.0.0.1');
  serving(app.getHttpServer().address().port);
}
