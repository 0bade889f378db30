// Opens the embedded database; whatever Node has to say about node:sqlite would be on stderr.
import { Logger } from '@nestjs/common';
import { openDatabase } from '@eggybyte/database';

const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

Logger.overrideLogger(false);
const dataSource = await openDatabase({ dsn: 'sqlite::memory:' });
const [row] = await dataSource.query('SELECT 1 AS one');
await dataSource.destroy();
process.emitWarning('still told', 'ExperimentalWarning');
say({ msg: 'row', ...row });
