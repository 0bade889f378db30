import type { LiveColumn } from '../live-schema.js';
import type { ColumnChange } from '../schema-dialect.js';

/**
 * A column as it is, with another type or nullability. MODIFY takes away what it does not repeat, and gives a text
 * column the collation of the table.
 */
export function columnDefinition(live: LiveColumn, { type, nullable }: ColumnChange, check?: string): string {
  const { charset, collation, default: byDefault, onUpdate, comment, invisible, autoIncrement } = live;
  const parts = [
    type,
    charset && collation && `CHARACTER SET ${charset} COLLATE ${collation}`,
    nullable ? 'NULL' : 'NOT NULL',
    // A TIMESTAMP without one may get the time of day.
    byDefault === undefined
      ? nullable && !autoIncrement && 'DEFAULT NULL'
      : `DEFAULT ${withPrecision(byDefault, type)}`,
    autoIncrement && 'AUTO_INCREMENT',
    onUpdate && `ON UPDATE ${withPrecision(onUpdate, type)}`,
    invisible && 'INVISIBLE',
    comment && `COMMENT '${comment.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`,
    check && `CHECK (${check})`,
  ];
  return parts.filter(Boolean).join(' ');
}

/** The time of day has to be as precise as its column. */
function withPrecision(text: string, type: string): string {
  if (!/^current_timestamp(?:\(\d*\))?$/i.test(text)) return text;
  const precision = /\((\d)\)/.exec(type)?.[1];
  return precision ? `CURRENT_TIMESTAMP(${precision})` : 'CURRENT_TIMESTAMP';
}
