// A replica that boots once for each round: it connects, waits for the word, migrates, and says what it did.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { openDatabase, SchemaMigrator } from '@eggybyte/database';
import { entitiesOf, say } from './schema-versions.mjs';

Logger.overrideLogger(false);
const { ROUNDS, GO } = process.env;

for (const [round, { dsn, version, lock, tables }] of JSON.parse(ROUNDS).entries()) {
  const entities = entitiesOf(version, tables);
  const dataSource = await openDatabase({ dsn, entities, maxOpenConns: 3 });
  let filled = 0;
  const initTable = async ({ manager, created }) => {
    filled++;
    if (!created) return;
    await manager.query("INSERT INTO table_0 (name) VALUES ('first')");
  };
  const initializations =
    lock === 'none' ? [] : [{ entity: entities[0], name: 'First', initializer: () => ({ initTable }) }];
  say({ msg: 'ready', round });
  while (!existsSync(join(GO, String(round)))) await sleep(10);
  const { outcome, steps, drift } = await new SchemaMigrator(dataSource, { lock, initializations }).migrate();
  say({ msg: 'up', round, outcome, steps: steps.length, drift, filled });
  await dataSource.destroy();
}
