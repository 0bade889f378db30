// A replica that boots and, after its nth statement, is killed or frozen by itself.
import { Logger } from '@nestjs/common';
import { openDatabase, SchemaMigrator } from '@eggybyte/database';
import { entitiesOf, say } from './schema-versions.mjs';

const { DSN, VERSION, TABLES, SIGNAL, AFTER, COPY_MAX_ROWS, LOCK = 'auto' } = process.env;
const STATEMENT = /^(?:create|add|widen)-\S+ \S+: /;

let statements = 0;
const tell = (text) => {
  say({ msg: 'log', text });
  if (STATEMENT.test(text) && ++statements === Number(AFTER)) {
    say({ msg: 'stopping' });
    process.kill(process.pid, SIGNAL);
  }
};
Logger.overrideLogger({ log: tell, warn: tell, error: tell });

const dataSource = await openDatabase({ dsn: DSN, entities: entitiesOf(VERSION, Number(TABLES)), maxOpenConns: 3 });
try {
  const options = { lock: LOCK, ...(COPY_MAX_ROWS && { copyMaxRows: Number(COPY_MAX_ROWS) }) };
  const { outcome, steps } = await new SchemaMigrator(dataSource, options).migrate();
  say({ msg: 'up', outcome, steps: steps.length });
} catch (error) {
  say({ msg: 'failed', code: error.code, statements });
  process.exitCode = 1;
}
await dataSource.destroy();
