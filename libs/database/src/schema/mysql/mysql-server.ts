import type { QueryRunner } from 'typeorm';

/** What the schema work has to know of a server. The scheme of a DSN is no proof of it. */
export interface MysqlServer {
  flavour: 'mysql' | 'mariadb' | 'tidb';
  /** TiDB's own version where it is one. */
  version: readonly [major: number, minor: number];
}

export async function askMysqlServer(runner: QueryRunner): Promise<MysqlServer> {
  const [row]: { version: string }[] = await runner.query('SELECT VERSION() AS version');
  return mysqlServerOf(String(row?.version));
}

/** @param version as `SELECT VERSION()` tells it: `10.11.6-MariaDB`, `9.7.4`, `8.0.11-TiDB-v8.5.1` */
export function mysqlServerOf(version: string): MysqlServer {
  const tidb = /TiDB-v?(\d+)\.(\d+)/i.exec(version);
  const [, major, minor] = tidb ?? /^(\d+)\.(\d+)/.exec(version) ?? [];
  const flavour = tidb ? 'tidb' : /MariaDB/i.test(version) ? 'mariadb' : 'mysql';
  return { flavour, version: [Number(major ?? 0), Number(minor ?? 0)] };
}

/** TiDB before 8.5 reads foreign keys and does nothing about them, or takes them for an experiment. */
export function enforcesForeignKeys({ flavour, version: [major, minor] }: MysqlServer): boolean {
  return flavour !== 'tidb' || major > 8 || (major === 8 && minor >= 5);
}
