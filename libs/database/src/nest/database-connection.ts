import type { Logger, OnApplicationShutdown } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { messageOf } from '@eggybyte/errors';
import { type Launcher, waitingOn } from '@eggybyte/lifecycle';
import type { Metrics, Tracer } from '@eggybyte/observability';
import type { EggyDataSource } from '../connection/eggy-data-source.js';
import { rotateCredentials } from '../connection/rotate-credentials.js';
import { openDataSource } from '../connection/open-data-source.js';
import { DEFAULT_DATA_SOURCE, loggerOf } from '../data-source/data-source-name.js';
import { readDsn } from '../data-source/read-dsn.js';
import { DsnMissingError } from '../database.errors.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { Dsn } from '../dsn/dsn.js';
import { parseDsn } from '../dsn/parse-dsn.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { measureDatabase } from '../telemetry/database-metrics.js';
import { traceDatabase } from '../telemetry/trace-database.js';
import { discoverEntities, type FoundEntities } from './discover-entities.js';
import { migrateDatabase } from './migrate-database.js';
import type { OpeningOrder } from './opening-order.js';

/** Those that look at what the data source does. */
export interface DatabaseObservers {
  metrics: Metrics | undefined;
  tracer: Tracer | undefined;
}

/** One data source of an application: connected and migrated before anybody gets it, closed by the launcher. */
export class DatabaseConnection implements OnApplicationShutdown {
  readonly #logger: Logger;

  constructor(
    private readonly options: ResolvedDatabaseOptions,
    private readonly modules: ModulesContainer,
    private readonly launcher: Launcher | undefined,
    private readonly observers: DatabaseObservers,
    private readonly order: OpeningOrder,
  ) {
    this.#logger = loggerOf('Database', options.name);
  }

  /** Resolves to nothing when no DSN is set and no entity is registered. */
  open(): Promise<EggyDataSource | undefined> {
    return this.order.open(this.options.name, () => this.#open());
  }

  /** Only where no launcher does it, at its time. */
  async onApplicationShutdown(): Promise<void> {
    if (!this.launcher) await this.order.closeAll();
  }

  async #open(): Promise<EggyDataSource | undefined> {
    const found = discoverEntities(this.modules, this.options.name);
    const dsn = this.#dsn(found.entities);
    if (!dsn) return undefined;
    const { name, connectDeadlineMs, connectTimeoutMs, migrateLockTimeoutMs, migrateTimeoutMs } = this.options;
    // The last attempt to connect may begin just before its deadline.
    const timeoutMs = connectDeadlineMs + 2 * connectTimeoutMs + migrateLockTimeoutMs + migrateTimeoutMs;
    const init = (signal: AbortSignal): Promise<EggyDataSource> => this.#start(dsn, found, signal);
    const step = name === DEFAULT_DATA_SOURCE ? 'database' : `database:${name}`;
    const opened = this.launcher
      ? await this.launcher.initialize(step, timeoutMs, init, close)
      : await init(AbortSignal.timeout(timeoutMs));
    if (!this.launcher) this.order.closeLater(() => close(opened));
    this.options.watchDsn?.((text) => this.#rotate(opened, dsn, text));
    return opened;
  }

  #rotate(dataSource: EggyDataSource, from: Dsn, text: string): void {
    try {
      if (rotateCredentials(dataSource, from, readDsn(text, this.options))) {
        this.#logger.log('The credentials of the database have changed: connections made from now on use the new ones');
      } else {
        this.#logger.warn('The DSN names another database now, which takes effect with the next start');
      }
    } catch (error) {
      this.#logger.error(messageOf(error));
    }
  }

  #dsn(entities: readonly RegisteredEntity[]): Dsn | undefined {
    const { name, dsn, embedded } = this.options;
    if (dsn) return readDsn(dsn, this.options);
    if (entities.length === 0) return undefined;
    if (!embedded) throw new DsnMissingError(entities.map(nameOf), name);
    const file = embedded.startsWith('sqlite:') ? embedded : `sqlite:${embedded}`;
    this.#logger.log(`No DSN is set: using the embedded database ${embedded}`);
    return parseDsn(file);
  }

  async #start(dsn: Dsn, found: FoundEntities, signal: AbortSignal): Promise<EggyDataSource> {
    const open = () => openDataSource(dsn, this.options, found.entities, signal);
    const dataSource = await waitingOn(addressOf(dsn), open);
    const { options, observers } = this;
    const { metrics, tracer } = observers;
    if (metrics) measureDatabase(dataSource, metrics);
    if (tracer) traceDatabase(dataSource, tracer);
    try {
      await migrateDatabase({ dataSource, dsn, found, options, metrics }, signal);
      return dataSource;
    } catch (error) {
      await close(dataSource).catch(() => undefined);
      throw error;
    }
  }
}

/** Without user and password. */
function addressOf(dsn: Dsn): string {
  if (dsn.kind === 'sqlite') return dsn.file;
  const { address } = dsn;
  return 'host' in address ? `${address.host}:${address.port}` : address.socketPath;
}

async function close(dataSource: EggyDataSource): Promise<void> {
  if (dataSource.isInitialized) await dataSource.destroy();
}

function nameOf(entity: RegisteredEntity): string {
  return typeof entity === 'function' ? entity.name : entity.options.name;
}
