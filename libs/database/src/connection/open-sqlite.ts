import { messageOf } from '@eggybyte/errors';
import { EmbeddedDatabaseError } from '../database.errors.js';
import type { ResolvedDatabaseOptions } from '../database.options.js';
import type { SqliteDsn } from '../dsn/dsn.js';
import type { RegisteredEntity } from '../registered-entity.js';
import { assertColumnTypes, mapColumnTypes } from '../sqlite/column-types.js';
import { NodeSqlite } from '../sqlite/node-sqlite.js';
import { embeddedFix } from '../sqlite/sqlite-advice.js';
import { isSqliteBusy, sqliteCode, whileBusy } from '../sqlite/sqlite-error.js';
import { Operations } from '../telemetry/operations.js';
import { RepeatedStatements } from '../telemetry/repeated-statements.js';
import { SlowLog } from '../telemetry/slow-log.js';
import { TypeormLog } from '../telemetry/typeorm-log.js';
import { connectFailure } from './connect-failure.js';
import { EggyDataSource } from './eggy-data-source.js';

/** Short, as it blocks the process; a longer wait is made of many. */
const BUSY_TIMEOUT_MS = 20;
const OPEN_TIMEOUT_MS = 10_000;

/** Opens the file, and makes it where it is not there. */
export async function openSqlite(
  { file }: SqliteDsn,
  { name, slowQuery, developmentHints }: ResolvedDatabaseOptions,
  entities: readonly RegisteredEntity[],
): Promise<EggyDataSource> {
  const operations = new Operations('sqlite', name, { 'db.namespace': file });
  new SlowLog(operations, slowQuery).begin();
  if (developmentHints) new RepeatedStatements(operations).begin();
  const open = async (): Promise<EggyDataSource> => {
    let opened: NodeSqlite | undefined;
    const dataSource = new EggyDataSource(
      {
        type: 'better-sqlite3',
        database: file,
        driver: NodeSqlite,
        timeout: BUSY_TIMEOUT_MS,
        enableWAL: file !== ':memory:',
        prepareDatabase: (database: NodeSqlite) => {
          opened = database;
          // Safe with a write-ahead log, and without a disk flush per transaction.
          database.pragma('synchronous = NORMAL');
        },
        entities: [...entities],
        logger: new TypeormLog(operations),
      },
      operations,
    );
    mapColumnTypes(dataSource);
    try {
      await dataSource.initialize();
      assertColumnTypes(dataSource);
      return dataSource;
    } catch (error) {
      opened?.close();
      throw error;
    }
  };
  try {
    // Several processes that switch a new file to the write-ahead log at once get in each other's way.
    return await whileBusy(OPEN_TIMEOUT_MS, open);
  } catch (error) {
    if (isSqliteBusy(error)) {
      const fix =
        'end the other process, or let it end its transaction; each process of a test wants a file of its own';
      throw new EmbeddedDatabaseError(`another process holds ${file}`, fix, error);
    }
    if (!isOfFile(error)) throw connectFailure(error, { target: file, dataSource: name });
    throw new EmbeddedDatabaseError(`${file}: ${messageOf(error)}`, embeddedFix(error), error);
  }
}

function isOfFile(error: unknown): boolean {
  return sqliteCode(error) !== undefined || typeof (error as { syscall?: unknown }).syscall === 'string';
}
