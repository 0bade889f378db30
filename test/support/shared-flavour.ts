import { it } from '@jest/globals';
import { type DatabaseFlavour, flavourOf } from './database-binary.js';
import { sharedServer } from './servers.js';

const NAMES: Record<DatabaseFlavour, 'MariaDB' | 'MySQL'> = { mariadb: 'MariaDB', mysql: 'MySQL' };

/** What the shared database server is. */
export const sharedFlavour: DatabaseFlavour = flavourOf(sharedServer('EGGY_TEST_MYSQL_VERSION'));

/** Its name, for titles. */
export const databaseName = NAMES[sharedFlavour];

/** A test of what only one kind of server has; on the other its title says why it is left out. */
export function itOn(flavour: DatabaseFlavour, title: string, work: () => Promise<void>): void {
  if (flavour === sharedFlavour) it(title, work);
  else it.skip(`${title} (left out: ${databaseName} has no such thing, ${NAMES[flavour]} does)`, work);
}
