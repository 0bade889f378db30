import { type BeforeApplicationShutdown, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { messageOf } from '@eggybyte/errors';
import { type Launcher, StartInterruptedError } from '@eggybyte/lifecycle';
import type { DataSource } from 'typeorm';
import { DEFAULT_DATA_SOURCE } from '../data-source/data-source-name.js';
import { assertAdoptable, assertKnown } from './assert-adoptable.js';
import { NoDataSourceError } from './existing.errors.js';
import { type ExistingTelemetryOptions, measureExisting } from './existing-telemetry.js';
import { addNamedChecks } from './named-checks.js';
import { dataSourceOf, type Module, nameOfModule, typeOrmModules, untilMade } from './type-orm-modules.js';

/** Nothing is opened in it. */
const REGISTER_MS = 1000;

export interface ExistingDatabaseSettings extends ExistingTelemetryOptions {
  healthCritical: boolean;
}

/**
 * The data sources that TypeOrmModules of the service have made, as a part of the start and the stop. They are closed
 * once and after everything else: by TypeOrmModule where Nest runs its hooks, and by the launcher where nobody would.
 */
export class ExistingDatabase implements OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger('Database');
  readonly #adopted = Promise.withResolvers<void>();
  #dataSource: DataSource | undefined;
  #nestCloses = false;
  #isClosed = false;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly launcher: Launcher | undefined,
    private readonly settings: ExistingDatabaseSettings,
  ) {
    // Nest sorts by distance when it calls the first hook, and gives global modules the largest finite one. In
    // reverse, as for shutdown, this makes the hook that destroys a data source the last of all.
    for (const module of [...typeOrmModules(modules), ...this.#own()]) module.distance = Infinity;
  }

  /**
   * Takes the default one over before anybody gets it from here; there may be none where there are some with a name.
   * After a refusal all are destroyed: Nest runs no hooks of a container that it could not make.
   *
   * @throws NoDataSourceError, RepositoryError, UnsupportedDatabaseError, or StartInterruptedError
   */
  async adopt(dataSource: DataSource | undefined): Promise<DataSource | undefined> {
    this.#dataSource = dataSource;
    await this.#orCloseAll(() => {
      // It comes too late for a start that was interrupted meanwhile: what there was is closed.
      if (this.launcher?.startSignal.aborted) throw interrupted(this.launcher);
      assertAdoptable(dataSource, this.modules);
      if (!dataSource && this.#named().length === 0) throw new NoDataSourceError();
    });
    if (dataSource) this.#take(dataSource, DEFAULT_DATA_SOURCE);
    this.#adopted.resolve();
    return dataSource;
  }

  /** Every provider is there now, those with a name too, and nobody has looked for health checks yet. */
  async onModuleInit(): Promise<void> {
    const named = this.#named().flatMap((module) => {
      const dataSource = dataSourceOf(module);
      // A document database is left alone, as it is not asked by statements.
      const isTaken = dataSource !== undefined && dataSource.options.type !== 'mongodb';
      return isTaken ? [{ name: nameOfModule(module), dataSource }] : [];
    });
    await this.#orCloseAll(() => {
      for (const { name, dataSource } of named) assertKnown(dataSource, this.modules, name);
    });
    for (const { name, dataSource } of named) this.#take(dataSource, name);
    for (const module of this.#own()) addNamedChecks(module, named, this.settings.healthCritical);
  }

  /**
   * Resolves when there are all of them; ends the wait for a server that TypeOrmModule goes on trying when the start
   * ends.
   */
  async untilAdopted(): Promise<void> {
    const { launcher } = this;
    if (!launcher) return;
    // Before there is a data source: what others open with it while the container is built is closed before it.
    const register = async (): Promise<void> => undefined;
    await launcher.initialize('existing database', REGISTER_MS, register, () => this.#closeForLauncher());
    const { startSignal } = launcher;
    const { promise: interruption, reject } = Promise.withResolvers<never>();
    const giveUp = (): void => reject(interrupted(launcher));
    startSignal.addEventListener('abort', giveUp, { once: true });
    if (startSignal.aborted) giveUp();
    const made = untilMade(this.#named(), () => startSignal.aborted || this.#isClosed);
    try {
      await Promise.race([interruption, Promise.all([this.#adopted.promise, made])]);
    } finally {
      startSignal.removeEventListener('abort', giveUp);
    }
  }

  /** The last of its kind: every module's hook has returned, and the last ones of all will be called. */
  beforeApplicationShutdown(): void {
    this.#nestCloses = true;
  }

  /** What somebody else than TypeOrmModule provides and has not closed by now, nobody will. */
  async onApplicationShutdown(): Promise<void> {
    if (this.#dataSource && !this.#ofTypeOrmModules().has(this.#dataSource)) await close(this.#dataSource);
  }

  #take(dataSource: DataSource, name: string): void {
    const { type, synchronize } = dataSource.options;
    const which = name === DEFAULT_DATA_SOURCE ? 'DataSource' : `DataSource \`${name}\``;
    measureExisting(dataSource, name, this.settings);
    this.#logger.log(`Adopted the ${which} of the service (${type})`);
    if (synchronize) this.#logger.warn(`The ${which} of TypeOrmModule.forRoot() has ${SYNCHRONIZES}`);
  }

  async #orCloseAll(work: () => void): Promise<void> {
    try {
      work();
    } catch (error) {
      await this.#closeAll().catch((reason: unknown) => this.#logger.error(messageOf(reason)));
      throw error;
    }
  }

  async #closeForLauncher(): Promise<void> {
    if (!this.#nestCloses) await this.#closeAll();
  }

  async #closeAll(): Promise<void> {
    this.#isClosed = true;
    const open = this.#ofTypeOrmModules();
    if (this.#dataSource) open.add(this.#dataSource);
    const ends = await Promise.allSettled([...open].map(close));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  }

  /** Also those with a name: nobody else ends their connections either. */
  #ofTypeOrmModules(): Set<DataSource> {
    return new Set(typeOrmModules(this.modules).flatMap((module) => dataSourceOf(module) ?? []));
  }

  #named(): Module[] {
    return typeOrmModules(this.modules).filter((module) => nameOfModule(module) !== DEFAULT_DATA_SOURCE);
  }

  #own(): Module[] {
    return [...this.modules.values()].filter(({ providers }) => providers.has(ExistingDatabase));
  }
}

const SYNCHRONIZES = '`synchronize: true`, which changes tables at every start and can drop columns with their data';

function interrupted({ startSignal }: Launcher): StartInterruptedError {
  return new StartInterruptedError(messageOf(startSignal.reason));
}

async function close(dataSource: DataSource): Promise<void> {
  if (dataSource.isInitialized) await dataSource.destroy();
}
