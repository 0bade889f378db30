// Transactions that meet deadlocks, one that fails for good and one whose signal aborts; then nothing keeps the process alive.
import { Logger } from '@nestjs/common';
import { openDatabase, Transactions } from '@eggybyte/database';

const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

Logger.overrideLogger(false);
const dataSource = await openDatabase({ dsn: process.env.DSN, maxOpenConns: 10 });
const transactions = new Transactions(dataSource);
let retries = 0;
transactions.onRetry.add(() => retries++);
await dataSource.query('CREATE TABLE account (id int PRIMARY KEY, balance int NOT NULL)');
await dataSource.query('INSERT INTO account VALUES (0, 100), (1, 100), (2, 100)');

const transfer = (n) => {
  const [from, to] = n % 2 ? [n % 3, (n + 1) % 3] : [(n + 1) % 3, n % 3];
  const work = async (manager) => {
    await manager.query('UPDATE account SET balance = balance - 1 WHERE id = ?', [from]);
    await new Promise((resolve) => setTimeout(resolve, 2));
    await manager.query('UPDATE account SET balance = balance + 1 WHERE id = ?', [to]);
  };
  return transactions.run(work, { retries: 100 });
};
await Promise.all(Array.from({ length: 60 }, (_, n) => transfer(n)));

const deadlock = () => dataSource.query(`SIGNAL SQLSTATE '40001' SET MYSQL_ERRNO = 1213`);
const failed = await transactions.run(deadlock, { retries: 2 }).catch(({ attempts }) => attempts);
const aborted = await transactions
  .run(deadlock, { retries: 1000, signal: AbortSignal.timeout(200) })
  .catch(({ code }) => code);
const [row] = await dataSource.query('SELECT SUM(balance) AS sum FROM account');
await dataSource.destroy();
say({ msg: 'done', sum: Number(row.sum), hadRetries: retries > 0, failed, aborted });
