import type { Driver, TableColumn } from 'typeorm';
import type { MysqlServer } from './mysql-server.js';

type Flavour = MysqlServer['flavour'];

const UTF8MB4_BYTES = 4;
/** Most bytes of TINYTEXT, TEXT and MEDIUMTEXT, and of the BLOBs. */
const SIZES = [
  ['tiny', 255],
  ['', 65_535],
  ['medium', 16_777_215],
] as const;

/** The type that an entity asks for, in the one form in which the same types are equal. It is valid SQL. */
export function wantedType(driver: Driver, column: TableColumn, flavour: Flavour): string {
  const unsigned = column.unsigned ? ' unsigned' : '';
  return canonicalType(driver.createFullType(column) + unsigned, flavour);
}

/** The form of a type in which the same types are equal, whatever the server's version writes. */
export function canonicalType(type: string, flavour: Flavour): string {
  const list = /^\s*(enum|set)\s*\((.*)\)/is.exec(type);
  if (list) return listType(String(list[1]).toLowerCase(), listValues(String(list[2])));
  const plain = type
    .toLowerCase()
    .trim()
    .replace(/^(tinyint|smallint|mediumint|int|bigint|year)\(\d+\)/, '$1')
    .replace(' zerofill', '')
    .replace(/^decimal(?!\()/, 'decimal(10,0)')
    .replace(/^decimal\((\d+)\)/, 'decimal($1,0)')
    .replace(/^(char|binary|bit)$/, '$1(1)')
    .replace(/^(datetime|timestamp|time)\(0\)/, '$1')
    .replace(/^(?:geomcollection)$/, 'geometrycollection')
    .replace(/^float\((\d+)\)/, (_, bits: string) => (Number(bits) > 24 ? 'double' : 'float'))
    .replace(/^(text|blob)\((\d+)\)/, (_, base: string, length: string) => sized(base, Number(length)));
  return flavour === 'mariadb' && plain === 'json' ? 'longtext' : plain;
}

/** The values of an ENUM or SET between its parentheses. */
export function listValues(text: string): string[] {
  const literals = text.match(/'(?:[^'\\]|''|\\.)*'/gs) ?? [];
  return literals.map((literal) => literal.slice(1, -1).replaceAll("''", "'").replaceAll(/\\(.)/gs, '$1'));
}

/** `enum('a','b')` as SQL. */
export function listType(kind: string, values: readonly string[]): string {
  return `${kind}(${values.map((value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`).join()})`;
}

/** The server makes of TEXT(300) the smallest type that has room for so much. */
function sized(base: string, length: number): string {
  const bytes = base === 'text' ? length * UTF8MB4_BYTES : length;
  const [size] = SIZES.find(([, most]) => bytes <= most) ?? ['long'];
  return `${size}${base}`;
}
