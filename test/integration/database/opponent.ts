import { createConnection } from 'mysql2/promise';
import type { TestDatabase } from '../../support/database.js';
import { waitUntil } from '../../support/wait-until.js';

/** Rows that make the opponent's transaction the dearer one to roll back. */
const HEAVY = 50;

/**
 * A transaction of somebody else in the table `item` (`name` unique, `stock`), which holds the row `b` and, once it
 * `wants` the row `a`, wins every deadlock over the two. It gives both up as soon as it has them.
 */
export async function opponent(
  database: TestDatabase,
): Promise<{ wants: () => Promise<void>; over: () => Promise<void> }> {
  const connection = await createConnection({ ...database.address, database: database.name });
  const values = Array.from({ length: HEAVY }, (_, n) => `('heavy ${n}')`).join();
  await connection.query('START TRANSACTION');
  await connection.query(`INSERT INTO item (name) VALUES ${values}`);
  await connection.query(`UPDATE item SET stock = stock + 1000 WHERE name = 'b'`);
  let over: Promise<unknown> = Promise.resolve();
  return {
    wants: async () => {
      const update = connection.query(`UPDATE item SET stock = stock + 1000 WHERE name = 'a'`);
      over = update.then(() => connection.query('ROLLBACK'));
      over.catch(() => undefined);
      const sql = `SELECT 1 FROM information_schema.innodb_trx WHERE trx_mysql_thread_id = ? AND trx_state = 'LOCK WAIT'`;
      await waitUntil(async () => (await database.query(sql, [connection.threadId])).length > 0, {
        what: 'the opponent to wait for the row',
        // InnoDB makes this table anew only when nobody has looked at it for 100 ms.
        interval: 250,
      });
    },
    over: async () => {
      await over;
      await connection.end();
    },
  };
}
