import { type DatabaseFlavour, flavourOf } from './database-binary.js';
import { sharedServer } from './servers.js';

const NAMES: Record<DatabaseFlavour, 'MariaDB' | 'MySQL'> = { mariadb: 'MariaDB', mysql: 'MySQL' };

/** What the shared database server is. */
export const sharedFlavour: DatabaseFlavour = flavourOf(sharedServer('EGGY_TEST_MYSQL_VERSION'));

/** Its name, for titles. */
export const databaseName = NAMES[sharedFlavour];

/** Why a test of what only this kind of server has, or lacks, is left out. */
export function leftOutUnless(flavour: DatabaseFlavour): string | undefined {
  return flavour === sharedFlavour ? undefined : `it is about ${NAMES[flavour]}, and the server is ${databaseName}`;
}
