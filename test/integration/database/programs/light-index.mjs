// Imports the package, and in a second step uses it; tells which of the heavy modules each step loads.
import { registerHooks } from 'node:module';

const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);

const HEAVY = ['/node_modules/typeorm/', '/node_modules/mysql2/', '/node_modules/@nestjs/typeorm/', 'node:sqlite'];
const loaded = new Set();
registerHooks({
  load(url, context, next) {
    for (const part of HEAVY) if (url.includes(part)) loaded.add(part);
    return next(url, context);
  },
});
const getBuiltinModule = process.getBuiltinModule.bind(process);
process.getBuiltinModule = (id) => {
  if (id === 'node:sqlite') loaded.add(id);
  return getBuiltinModule(id);
};

const { EggyDatabaseModule, declaredDataSources } = await import('@eggybyte/database');
const atImport = [...loaded];
const declaredAtImport = declaredDataSources().length > 0;
await EggyDatabaseModule.forRoot();
const declaredAtRoot = declaredDataSources().length > 0;
await EggyDatabaseModule.forFeature([]);
say({
  msg: 'loaded',
  atImport,
  atRoot: [...loaded].toSorted((a, b) => (a < b ? -1 : 1)),
  declared: [declaredAtImport, declaredAtRoot, declaredDataSources().length > 0],
});
