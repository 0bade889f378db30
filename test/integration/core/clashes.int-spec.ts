import 'reflect-metadata';
import { Global, Module, type Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { TypeOrmModule } from '@nestjs/typeorm';
import { describe, expect, it } from '@jest/globals';
import { bootstrap, EggyCoreModule, EggyDatabaseModule, PinoLogger, SecondProviderError } from '@eggybyte/core';
import { LoggerModule } from 'nestjs-pino';
import { DataSource, type DataSourceOptions } from 'typeorm';

const values = { METRICS_PORT: 0, MONITORING_HOST: '127.0.0.1', LOG_LEVEL: 'silent' } as const;
const env = { PORT: '0', HOST: '127.0.0.1', METRICS_PORT: '0', LOG_LEVEL: 'silent', SERVICE_NAME: 'clashes' };
const memory = { ...env, DATABASE_DSN: 'sqlite::memory:' };

/** One that is never connected: which database it would be does not matter. */
const theirs = TypeOrmModule.forRoot({
  type: 'mysql',
  manualInitialization: true,
  // oxlint-disable-next-line typescript/require-await -- the type wants a promise
  dataSourceFactory: async (options: DataSourceOptions) => new DataSource(options),
} as Parameters<typeof TypeOrmModule.forRoot>[0]);

function startOf(root: Type, variables: Record<string, string>): Promise<unknown> {
  return bootstrap(root, { ownProcess: false, env: variables });
}

describe('a start with something of the suite a second time', () => {
  it('refuses the default DataSource of TypeOrmModule and names the import to remove', async () => {
    @Module({ imports: [theirs] })
    class StorageModule {}
    @Module({ imports: [EggyCoreModule.forRoot(), StorageModule] })
    class AppModule {}
    await expect(startOf(AppModule, memory)).rejects.toMatchObject({
      code: 'EGGY_CORE_SECOND',
      what: 'TypeOrmModule.forRoot() provides a second default `DataSource`',
      fix: expect.stringMatching(
        /^remove TypeOrmModule.forRoot\(\) from the imports of `StorageModule`, or .*database: false/,
      ),
    });
  });

  it('refuses a data source with a name that TypeOrmModule provides too', async () => {
    // Declared for this process only, by its name.
    const feature = EggyDatabaseModule.forFeature([], { dataSource: 'clashing' });
    const named = TypeOrmModule.forRoot({
      type: 'mysql',
      name: 'clashing',
      manualInitialization: true,
      // oxlint-disable-next-line typescript/require-await -- the type wants a promise
      dataSourceFactory: async (options: DataSourceOptions) => new DataSource(options),
    } as Parameters<typeof TypeOrmModule.forRoot>[0]);
    @Module({ imports: [EggyCoreModule.forRoot(), feature, named] })
    class AppModule {}
    await expect(startOf(AppModule, memory)).rejects.toMatchObject({
      code: 'EGGY_CORE_SECOND',
      what: 'TypeOrmModule.forRoot() provides a second `clashingDataSource`',
      fix: 'remove TypeOrmModule.forRoot() from the imports of `AppModule`',
    });
  });

  it('refuses a database of its own that is imported beside it', async () => {
    @Module({ imports: [EggyCoreModule.forRoot(), EggyDatabaseModule.forRoot({ dsn: 'sqlite::memory:' })] })
    class AppModule {}
    await expect(startOf(AppModule, memory)).rejects.toMatchObject({ code: 'EGGY_DATABASE_TWICE' });
  });

  it('takes the DataSource of TypeOrmModule when the database of the suite is off', async () => {
    @Module({ imports: [EggyCoreModule.forRoot({ database: false }), theirs] })
    class AppModule {}
    const application = await bootstrap(AppModule, { ownProcess: false, env: memory });
    expect(application.app.get(DataSource).options.type).toBe('mysql');
    expect(await application.stop()).toBe(0);
  });

  it('takes forFeature() of the database, which provides no DataSource', async () => {
    @Module({ imports: [EggyCoreModule.forRoot(), EggyDatabaseModule.forFeature([])] })
    class AppModule {}
    const application = await bootstrap(AppModule, { ownProcess: false, env: memory });
    expect(await application.stop()).toBe(0);
  });

  it('refuses LoggerModule, also under a plain NestFactory.create', async () => {
    @Global()
    @Module({ imports: [LoggerModule.forRoot({ pinoHttp: { level: 'silent' } })] })
    class ObservabilityModule {}
    @Module({ imports: [ObservabilityModule, EggyCoreModule.forRoot({ values })] })
    class AppModule {}
    await expect(startOf(AppModule, env)).rejects.toMatchObject({
      code: 'EGGY_CORE_SECOND',
      fix: 'remove LoggerModule.forRoot() from the imports of `ObservabilityModule`',
    });
    const made = NestFactory.create(AppModule, new FastifyAdapter(), { abortOnError: false });
    await expect(made).rejects.toThrow(SecondProviderError);
  });

  it('lets modules inject the logger of the suite', async () => {
    @Module({ imports: [EggyCoreModule.forRoot()] })
    class AppModule {
      constructor(readonly logger: PinoLogger) {}
    }
    const application = await bootstrap(AppModule, { ownProcess: false, env });
    expect(application.app.get(AppModule).logger).toBeInstanceOf(PinoLogger);
    expect(await application.stop()).toBe(0);
  });
});
