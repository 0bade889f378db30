import { type BeforeApplicationShutdown, Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { ModulesContainer } from '@nestjs/core';
import { messageOf } from '@eggybyte/errors';
import { type Launcher, StartInterruptedError } from '@eggybyte/lifecycle';
import { DataSource } from 'typeorm';
import { assertAdoptable } from './assert-adoptable.js';
import { NoDataSourceError } from './existing.errors.js';

type Module = ModulesContainer extends Map<string, infer M> ? M : never;

/** Nothing is opened in it. */
const REGISTER_MS = 1000;

/**
 * The data source that a TypeOrmModule of the service has made, as a part of the start and the stop. It is closed once
 * and after everything else: by TypeOrmModule where Nest runs its hooks, and by the launcher where nobody would.
 */
export class ExistingDatabase implements BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger('Database');
  readonly #adopted = Promise.withResolvers<void>();
  #dataSource: DataSource | undefined;
  #nestCloses = false;

  constructor(
    private readonly modules: ModulesContainer,
    private readonly launcher: Launcher | undefined,
  ) {
    // Nest sorts by distance when it calls the first hook, and gives global modules the largest finite one. In
    // reverse, as for shutdown, this makes the hook that destroys a data source the last of all.
    for (const module of [...this.#typeOrmModules(), ...this.#own()]) module.distance = Infinity;
  }

  /**
   * Takes it over before anybody gets it from here. After a refusal it is destroyed: Nest runs no hooks of a container
   * that it could not make.
   *
   * @throws NoDataSourceError, RepositoryError, UnsupportedDatabaseError, or StartInterruptedError
   */
  async adopt(dataSource: DataSource | undefined): Promise<DataSource> {
    if (!dataSource) throw new NoDataSourceError();
    this.#dataSource = dataSource;
    try {
      // It comes too late for a start that was interrupted meanwhile: what there was is closed.
      if (this.launcher?.startSignal.aborted) throw interrupted(this.launcher);
      assertAdoptable(dataSource, this.modules);
    } catch (error) {
      await this.#closeAll().catch((reason: unknown) => this.#logger.error(messageOf(reason)));
      throw error;
    }
    const { type, synchronize } = dataSource.options;
    this.#logger.log(`Adopted the DataSource of the service (${type})`);
    if (synchronize) this.#logger.warn(SYNCHRONIZES);
    this.#adopted.resolve();
    return dataSource;
  }

  /** Resolves when it is adopted; ends the wait for a server that TypeOrmModule goes on trying when the start ends. */
  async untilAdopted(): Promise<void> {
    const { launcher } = this;
    if (!launcher) return;
    // Before there is a data source: what others open with it while the container is built is closed before it.
    const register = async (): Promise<void> => undefined;
    await launcher.initialize('existing database', REGISTER_MS, register, () => this.#closeForLauncher());
    const giveUp = (): void => this.#adopted.reject(interrupted(launcher));
    launcher.startSignal.addEventListener('abort', giveUp, { once: true });
    if (launcher.startSignal.aborted) giveUp();
    await this.#adopted.promise.finally(() => launcher.startSignal.removeEventListener('abort', giveUp));
  }

  /** The last of its kind: every module's hook has returned, and the last ones of all will be called. */
  beforeApplicationShutdown(): void {
    this.#nestCloses = true;
  }

  /** What somebody else than TypeOrmModule provides and has not closed by now, nobody will. */
  async onApplicationShutdown(): Promise<void> {
    if (this.#dataSource && !this.#ofTypeOrmModules().has(this.#dataSource)) await close(this.#dataSource);
  }

  async #closeForLauncher(): Promise<void> {
    if (!this.#nestCloses) await this.#closeAll();
  }

  async #closeAll(): Promise<void> {
    const open = this.#ofTypeOrmModules();
    if (this.#dataSource) open.add(this.#dataSource);
    const ends = await Promise.allSettled([...open].map(close));
    const failures = ends.flatMap((end) => (end.status === 'rejected' ? [end.reason as unknown] : []));
    if (failures.length > 0) throw new AggregateError(failures, failures.map(messageOf).join('; '));
  }

  /** Also those with a name: nobody else ends their connections either. */
  #ofTypeOrmModules(): Set<DataSource> {
    const instances = this.#typeOrmModules().flatMap(({ providers }) =>
      [...providers.values()].map(({ instance }): unknown => instance),
    );
    return new Set(instances.filter((instance) => instance instanceof DataSource));
  }

  /** By name, as `@nestjs/typeorm` does not export the class. */
  #typeOrmModules(): Module[] {
    return [...this.modules.values()].filter(({ metatype }) => metatype.name === 'TypeOrmCoreModule');
  }

  #own(): Module[] {
    return [...this.modules.values()].filter(({ providers }) => providers.has(ExistingDatabase));
  }
}

const SYNCHRONIZES =
  'TypeOrmModule.forRoot() has `synchronize: true`, which changes tables at every start and can drop columns with their data';

function interrupted({ startSignal }: Launcher): StartInterruptedError {
  return new StartInterruptedError(messageOf(startSignal.reason));
}

async function close(dataSource: DataSource): Promise<void> {
  if (dataSource.isInitialized) await dataSource.destroy();
}
