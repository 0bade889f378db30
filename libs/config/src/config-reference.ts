import type { AnyConfigClass } from './config-class.js';
import { checkField, type Field } from './field.js';
import { sameValue } from './same-value.js';

/** One variable as documentation shows it. */
export interface ConfigReferenceRow {
  readonly name: string;
  /** What is expected: "a port from 0 to 65535". */
  readonly expected: string;
  /** The default as text; undefined when there is none. */
  readonly default: string | undefined;
  /** The default as it would be written in the environment; undefined for a rule, for none, and for a secret. */
  readonly literalDefault: string | undefined;
  /** Whether the service does not start without it. False with a default, also with one that depends on facts. */
  readonly required: boolean;
  readonly secret: boolean;
  /** Whether a reload may change it while the process runs. */
  readonly reloadable: boolean;
  readonly description: string;
  readonly aliases: readonly string[];
}

/** Every variable of a configuration class, in the order of its schema. */
export function describeConfig(Class: Pick<AnyConfigClass, 'schema'>): ConfigReferenceRow[] {
  return Object.entries(Class.schema).map(([name, field]) => ({
    name,
    expected: field.expected,
    default: field.defaultText,
    literalDefault: literalDefault(field),
    required: !field.optional && field.defaultOf === undefined,
    secret: field.secret,
    reloadable: field.reloadable,
    description: field.description,
    aliases: field.aliases,
  }));
}

/** Only what is read back as the default is one: a rule takes the facts, and some say the default in words. */
function literalDefault({ defaultOf, defaultText, ...field }: Field<unknown>): string | undefined {
  if (defaultOf?.length !== 0 || defaultText === undefined || field.secret) return undefined;
  const [literal, fallback] = [checkField(field, defaultText), checkField(field, (defaultOf as () => unknown)())];
  return defaultText === '' || sameValue(literal.data, fallback.data) ? defaultText : undefined;
}

/** The variables as a Markdown table, laid out as prettier does; it ends without a line break. */
export function configTable(Class: Pick<AnyConfigClass, 'schema'>): string {
  const rows = describeConfig(Class).map((row) => [
    code(row.name),
    cell(row.expected),
    defaultCell(row),
    describe(row),
  ]);
  const table = [['Variable', 'Expected', 'Default', 'Description'], ...rows];
  const widths = table[0]!.map((_, column) => Math.max(3, ...table.map((row) => row[column]!.length)));
  const lines = table.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`);
  return lines.toSpliced(1, 0, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`).join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll(/\s*\n\s*/g, ' ');

const code = (text: string): string => `\`${cell(text)}\``;

function defaultCell(row: ConfigReferenceRow): string {
  if (row.default === undefined) return row.required ? 'required' : 'none';
  return row.default === '' ? 'empty' : code(row.default);
}

function describe({ aliases, description, reloadable }: ConfigReferenceRow): string {
  const old = aliases.length === 0 ? '' : `Old name: ${aliases.map(code).join(', ')}.`;
  return [cell(description), reloadable ? 'Reloadable.' : '', old].filter(Boolean).join(' ');
}
