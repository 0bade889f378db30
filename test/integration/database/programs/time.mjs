// Writes and reads points in time, in whatever zone this process is. Run with the built packages.
import { Logger } from '@nestjs/common';
import { openDatabase, SchemaMigrator } from '@eggybyte/database';
import { EntitySchema } from 'typeorm';

const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

Logger.overrideLogger(false);
const event = new EntitySchema({
  name: 'event',
  columns: {
    id: { type: Number, primary: true },
    at: { type: 'datetime', precision: 3 },
    day: { type: 'date' },
    made: { type: 'datetime', createDate: true },
  },
});
const dataSource = await openDatabase({ dsn: process.env.DSN, entities: [event] });
await new SchemaMigrator(dataSource).migrate();
const events = dataSource.getRepository(event);

// The same local time twice, when daylight saving time ends in New York.
const instants = ['2026-11-01T05:30:00.123Z', '2026-11-01T06:30:00.123Z'];
await events.clear();
for (const [id, at] of instants.entries()) await events.insert({ id, at: new Date(at), day: '2026-07-04' });
const found = await events.find({ order: { id: 'ASC' } });
const drift = found.map(({ made }) => Math.abs(made.getTime() - Date.now()));
say({
  msg: 'read',
  hour: new Date(instants[0]).getHours(),
  at: found.map(({ at }) => at.toISOString()),
  days: found.map(({ day }) => day),
  createdNow: drift.every((ms) => ms < 10_000),
  byInstant: await events.countBy({ at: new Date(instants[1]) }),
});
await dataSource.destroy();
