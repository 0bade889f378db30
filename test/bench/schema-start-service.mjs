// The service of schema-start.bench.mjs: connects, then measures what looking at the schema costs.
import { Logger } from '@nestjs/common';
import { openDatabase, SchemaMigrator } from '@eggybyte/database';
import { DataSource, EntitySchema } from 'typeorm';

Logger.overrideLogger(false);
const { VARIANT, TABLES, ADDRESS, DATABASE } = process.env;
const { user, password, host, port } = JSON.parse(ADDRESS);

const entities = Array.from({ length: Number(TABLES) }, (_, n) => {
  return new EntitySchema({
    name: `table_${n}`,
    columns: {
      id: { type: 'int', primary: true, generated: true },
      name: { type: 'varchar', length: 50, unique: true },
      ...Object.fromEntries(Array.from({ length: 6 }, (__, at) => [`number_${at}`, { type: 'int', default: at }])),
      note: { type: 'text', nullable: true },
      made: { type: 'datetime', createDate: true },
    },
    ...(n > 0 && { relations: { previous: { type: 'many-to-one', target: `table_${n - 1}`, nullable: true } } }),
  });
});

const open = {
  migrate: () => openDatabase({ dsn: `${user}:${password}@tcp(${host}:${port})/${DATABASE}`, entities }),
  synchronize: () =>
    new DataSource({
      type: 'mariadb',
      host,
      port,
      username: user,
      password,
      database: DATABASE,
      entities,
    }).initialize(),
};
const look = {
  migrate: (dataSource) => new SchemaMigrator(dataSource).migrate(),
  synchronize: (dataSource) => dataSource.synchronize(),
};

const dataSource = await open[VARIANT]();
const questions = async () => Number((await dataSource.query("SHOW GLOBAL STATUS LIKE 'Questions'"))[0].Value);
const before = await questions();
const began = performance.now();
const cpu = process.cpuUsage();
await look[VARIANT](dataSource);
const { user: inUser, system } = process.cpuUsage(cpu);
const ms = performance.now() - began;
// The question itself is one.
const queries = (await questions()) - before - 1;
await dataSource.destroy();
process.send({ ms, cpuMs: (inUser + system) / 1000, queries });
process.disconnect();
