// The entities of a service in two versions: the second has more columns, indexes and wider types.
import { EntitySchema } from 'typeorm';

/** Entities `<prefix>_0` to `<prefix>_<count - 1>`, each referring to the one before. */
export function entitiesOf(version, count) {
  const isSecond = version === 'v2';
  return Array.from({ length: count }, (_, n) => {
    const previous = n > 0 && { previous: { type: 'many-to-one', target: `table_${n - 1}`, nullable: true } };
    return new EntitySchema({
      name: `table_${n}`,
      columns: {
        id: { type: Number, primary: true, generated: true },
        // At most 255 bytes, as MySQL makes longer ones of them by copying the table only.
        name: { type: 'varchar', length: isSecond ? 60 : 20, unique: true },
        ...(isSecond && { stock: { type: 'int', default: 3 } }),
      },
      relations: { ...previous },
      indices: isSecond ? [{ name: `by_stock_${n}`, columns: ['stock', 'name'] }] : [],
    });
  });
}

export const say = (record) => process.stdout.write(`${JSON.stringify(record)}\n`);
