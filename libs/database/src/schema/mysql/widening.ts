import { listValues } from './column-type.js';

interface Parts {
  base: string;
  list: string;
  numbers: number[];
  unsigned: boolean;
}

/** Each holds all values of those before it. */
const FAMILIES = [
  ['tinyint', 'smallint', 'mediumint', 'int', 'bigint'],
  ['tinytext', 'text', 'mediumtext', 'longtext'],
  ['tinyblob', 'blob', 'mediumblob', 'longblob'],
];
const TEXTS = FAMILIES[1]?.slice(1) ?? [];
const TIMES = new Set(['datetime', 'timestamp', 'time']);
const LISTS = new Set(['enum', 'set']);
const TEXT_BYTES = 65_535;
const MOST_BYTES_OF_A_CHARACTER = 4;

/** Whether every value of the one type is the same value in the other, larger one. Both in their canonical form. */
export function widens(from: string, to: string): boolean {
  const [old, wide] = [partsOf(from), partsOf(to)];
  if (!old || !wide || old.unsigned !== wide.unsigned) return false;
  const family = FAMILIES.find((types) => types.includes(old.base));
  if (family?.includes(wide.base)) return family.indexOf(wide.base) > family.indexOf(old.base);
  const [size = 0, scale = 0] = old.numbers;
  const [wideSize = 0, wideScale = 0] = wide.numbers;
  if (old.base === 'varchar' && TEXTS.includes(wide.base)) return size * MOST_BYTES_OF_A_CHARACTER <= TEXT_BYTES;
  if (old.base !== wide.base) return false;
  if (LISTS.has(old.base)) return appends(listValues(old.list), listValues(wide.list));
  if (old.base === 'varchar' || old.base === 'varbinary' || TIMES.has(old.base)) return wideSize > size;
  if (old.base !== 'decimal') return false;
  return from !== to && wideScale >= scale && wideSize - wideScale >= size - scale;
}

function partsOf(type: string): Parts | undefined {
  const match = /^(\w+)(?:\((.*)\))?( unsigned)?$/s.exec(type);
  if (!match) return undefined;
  const [, base = '', list = '', unsigned] = match;
  const numbers = LISTS.has(base) || list === '' ? [] : list.split(',').map(Number);
  return { base, list, numbers, unsigned: unsigned !== undefined };
}

function appends(values: readonly string[], more: readonly string[]): boolean {
  return more.length > values.length && values.every((value, at) => value === more[at]);
}
