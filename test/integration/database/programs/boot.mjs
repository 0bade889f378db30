// A replica that boots: connects, migrates, fills its new table once, and says what it did. Run with the built packages.
import { Logger } from '@nestjs/common';
import { openDatabase, SchemaMigrator } from '@eggybyte/database';
import { EntitySchema } from 'typeorm';

const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

Logger.overrideLogger(false);
const { DSN, HANG, TABLES = '5' } = process.env;

const entities = Array.from({ length: Number(TABLES) }, (_, n) => {
  const refers = n > 0 && { previous: { type: 'many-to-one', target: `table_${n - 1}`, nullable: true } };
  return new EntitySchema({
    name: `table_${n}`,
    columns: {
      id: { type: Number, primary: true, generated: true },
      name: { type: String, unique: true },
      made: { type: 'datetime', createDate: true },
    },
    relations: { ...refers },
  });
});

const [seeded] = entities;
const initTable = async ({ manager, created }) => {
  await manager.insert(seeded, { name: `by ${process.pid}, created ${created}` });
  if (!HANG) return;
  say({ msg: 'hanging' });
  await new Promise((resolve) => setTimeout(resolve, Number(HANG)));
};

const dataSource = await openDatabase({ dsn: DSN, entities });
const migrator = new SchemaMigrator(dataSource, {
  initializations: [{ entity: seeded, name: 'Seeded', initializer: () => ({ initTable }) }],
});
const report = await migrator.migrate();
const rows = await dataSource.getRepository(seeded).count();
say({ msg: 'up', report, rows });
await dataSource.destroy();
