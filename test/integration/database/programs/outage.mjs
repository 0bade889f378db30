// Asks the database until that fails, says with which code, closes it, and has nothing left to do.
import { Logger } from '@nestjs/common';
import { openDatabase } from '@eggybyte/database';

const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

Logger.overrideLogger(false);
const dataSource = await openDatabase({
  dsn: process.env.DSN,
  queryTimeout: '1s',
  acquireTimeout: '1s',
  maxOpenConns: 3,
});
// A connection for each, so that none of them waits for one when the server stops.
await Promise.all([1, 2].map(() => dataSource.query('SELECT SLEEP(0.1)')));
say({ msg: 'open' });
const ask = async () => {
  for (;;) await dataSource.query('SELECT SLEEP(0.01)');
};
const ends = await Promise.allSettled([ask(), ask()]);
await dataSource.destroy();
say({ msg: 'closed', codes: ends.map(({ reason }) => reason.code) });
