// What teams wire by hand today: nestjs-pino with a request id, a histogram of @willsoto/nestjs-prometheus in an
// interceptor, terminus. On either framework.
import { randomUUID } from 'node:crypto';
import { Controller, Get, Module } from '@nestjs/common';
import { APP_INTERCEPTOR, NestFactory } from '@nestjs/core';
import { HealthCheckService, TerminusModule } from '@nestjs/terminus';
import { getToken, makeHistogramProvider, PrometheusModule } from '@willsoto/nestjs-prometheus';
import { Logger, LoggerModule } from 'nestjs-pino';
import { tap } from 'rxjs';
import { adapterOf } from './adapter.mjs';
import { ItemsController } from './items.mjs';
import { serving } from './serving.mjs';

const HISTOGRAM = 'http_request_duration_seconds';

class HealthController {
  constructor(health) {
    this.health = health;
  }

  check() {
    return this.health.check([]);
  }
}
Get()(HealthController.prototype, 'check', Object.getOwnPropertyDescriptor(HealthController.prototype, 'check'));
Reflect.defineMetadata('design:paramtypes', [HealthCheckService], HealthController);
Controller('health')(HealthController);

class MetricsInterceptor {
  constructor(histogram) {
    this.histogram = histogram;
  }

  intercept(context, next) {
    const began = process.hrtime.bigint();
    const request = context.switchToHttp().getRequest();
    const response = context.switchToHttp().getResponse();
    const observe = () => {
      const route = request.routeOptions?.url ?? request.route?.path ?? 'unknown';
      const labels = { method: request.method, route, status: response.statusCode };
      this.histogram.observe(labels, Number(process.hrtime.bigint() - began) / 1e9);
    };
    return next.handle().pipe(tap({ next: observe, error: observe }));
  }
}

const genReqId = (request) => request.headers['x-request-id'] ?? randomUUID();

class AppModule {}
Module({
  imports: [
    LoggerModule.forRoot({
      forRoutes: ['{*splat}'],
      pinoHttp: { genReqId },
    }),
    PrometheusModule.register(),
    TerminusModule,
  ],
  controllers: [ItemsController, HealthController],
  providers: [
    makeHistogramProvider({ name: HISTOGRAM, help: 'Requests', labelNames: ['method', 'route', 'status'] }),
    {
      provide: APP_INTERCEPTOR,
      inject: [getToken(HISTOGRAM)],
      useFactory: (histogram) => new MetricsInterceptor(histogram),
    },
  ],
})(AppModule);

const [framework] = process.argv.slice(2);
// pino-http takes the id that Fastify has given: it has to be made there.
const app = await NestFactory.create(AppModule, await adapterOf(framework, { genReqId }), { bufferLogs: true });
app.useLogger(app.get(Logger));
await app.listen(0, '127.0.0.1');
serving(app.getHttpServer().address().port);
