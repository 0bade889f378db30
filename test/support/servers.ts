import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { canInstall, CHROMIUM, findBinary, installWithApt } from './binaries.js';
import { hasDatabaseBinary } from './database-binary.js';
import { parseServerDsn } from './dsn.js';
import { startMariaDb } from './mariadb.js';
import { startMemcached } from './memcached.js';

/** What single tests drive: a browser, and Prometheus with its promtool. */
const TOOLS = [
  { package: 'chromium', commands: CHROMIUM },
  { package: 'prometheus', commands: ['prometheus'] },
];

/** The servers that all test files of one run share; files keep apart by database name and key prefix. */
export interface SharedServers {
  stop(): Promise<void>;
}

/**
 * Finds or starts the shared servers and puts their addresses into EGGY_TEST_MYSQL_DSN and EGGY_TEST_MEMCACHED for
 * the test processes. Addresses given from outside are used as they are.
 *
 * @throws Error with what to do when a server can neither be found, started nor installed: no test is skipped.
 */
export async function startSharedServers(): Promise<SharedServers> {
  const wantsDatabase = !process.env['EGGY_TEST_MYSQL_DSN'];
  const wantsCache = !process.env['EGGY_TEST_MEMCACHED'];
  const missing = [
    ...(wantsDatabase && !hasDatabaseBinary() ? ['mariadb-server'] : []),
    ...(wantsCache && !findBinary('memcached') ? ['memcached'] : []),
  ];
  // Few tests need these, and tell what is missing where they cannot be installed.
  const tools = canInstall() ? TOOLS.filter(({ commands }) => !findBinary(...commands)) : [];
  const packages = [...missing, ...tools.map(({ package: name }) => name)];
  if (packages.length > 0) installWithApt(packages);

  const started: { stop(): Promise<void> }[] = [];
  const stop = async () => {
    await Promise.all(started.map((server) => server.stop()));
  };
  try {
    if (wantsDatabase) {
      const database = await startMariaDb();
      started.push(database);
      process.env['EGGY_TEST_MYSQL_DSN'] = database.url();
    }
    process.env['EGGY_TEST_MYSQL_VERSION'] = await versionOf(sharedServer('EGGY_TEST_MYSQL_DSN'));
    if (wantsCache) {
      const cache = await startMemcached();
      started.push(cache);
      process.env['EGGY_TEST_MEMCACHED'] = cache.address;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { stop };
}

async function versionOf(dsn: string): Promise<string> {
  const connection = await createConnection({ ...parseServerDsn(dsn), connectTimeout: 10_000 });
  const [rows] = await connection.query<RowDataPacket[]>('SELECT VERSION() AS version');
  await connection.end();
  return String(rows[0]?.['version']);
}

/** Address of a shared server, for test files. */
export function sharedServer(
  variable: 'EGGY_TEST_MYSQL_DSN' | 'EGGY_TEST_MYSQL_VERSION' | 'EGGY_TEST_MEMCACHED',
): string {
  const value = process.env[variable];
  if (!value) throw new Error(`${variable} is not set: run the tests by \`npm test\` or \`npm run test:integration\``);
  return value;
}
