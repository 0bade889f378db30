// The suite with everything on, as a service has it; or with one part switched off.
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { bootstrap, EggyCoreModule } from '@eggybyte/core';
import { createHttpAdapter, EggyHttpModule } from '@eggybyte/http';
import { createRootLogger, EggyLoggingModule } from '@eggybyte/logging';
import { Metrics } from '@eggybyte/observability';
import { ItemsController } from './items.mjs';
import { serving } from './serving.mjs';

const [framework, variant = 'all'] = process.argv.slice(2);

if (variant === 'all') await whole();
else await without(variant);

async function whole() {
  class AppModule {}
  Module({ imports: [EggyCoreModule.forRoot({ cache: false })], controllers: [ItemsController] })(AppModule);
  const env = { SERVICE_NAME: 'bench', HOST: '127.0.0.1', PORT: '0', MONITORING_HOST: '127.0.0.1', METRICS_PORT: '0' };
  Object.assign(process.env, { ...env, HTTP_ADAPTER: framework, LOG_FORMAT: 'json', LOG_LEVEL: 'info' });
  const { url } = await bootstrap(AppModule);
  serving(Number(new URL(url).port));
}

/** The libs by themselves, as a service without core has them. */
async function without(part) {
  class MetricsModule {}
  Module({ providers: [Metrics], exports: [Metrics] })(MetricsModule);
  const root = createRootLogger({ service: 'bench', environment: 'bench', version: '1' });
  const parts = {
    metrics: { module: MetricsModule, global: true },
    records: EggyLoggingModule.forRoot({ root }),
    headers: undefined,
    nothing: undefined,
  };
  const imports = Object.entries(parts).flatMap(([name, module]) => (name !== part && module ? [module] : []));
  const http = EggyHttpModule.forRoot(part === 'headers' ? { securityHeaders: false } : {});
  class AppModule {}
  Module({ imports: [...imports, http], controllers: [ItemsController] })(AppModule);
  const app = await NestFactory.create(AppModule, await createHttpAdapter(framework), { logger: false });
  await app.listen(0, '127.0.0.1');
  serving(app.getHttpServer().address().port);
}
