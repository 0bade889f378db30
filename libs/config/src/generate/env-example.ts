import type { AnyConfigClass } from '../config-class.js';
import { type ConfigReferenceRow, describeConfig } from '../config-reference.js';

/**
 * A `.env.example` with every variable: what is required stands ready to be filled in, all else is commented out with
 * its default. It ends with a line break.
 */
export function envExample(Class: Pick<AnyConfigClass, 'schema'>): string {
  return `${describeConfig(Class).map(paragraph).join('\n\n')}\n`;
}

function paragraph(row: ConfigReferenceRow): string {
  const { name, description, expected, required, reloadable, secret, default: fallback, literalDefault } = row;
  const traits = [required && 'required', secret && 'a secret', reloadable && 'reloadable'].filter(Boolean);
  const lines = [
    ...(description === '' ? [] : [oneLine(description)]),
    `Expected: ${oneLine(expected)}${traits.length > 0 ? ` (${traits.join(', ')})` : ''}`,
    ...(fallback !== undefined && literalDefault === undefined ? [`Default: ${oneLine(fallback)}`] : []),
  ];
  const assignment = `${name}=${literalDefault === undefined ? '' : quoted(literalDefault)}`;
  return [...lines.map((line) => `# ${line}`), required ? assignment : `# ${assignment}`].join('\n');
}

function oneLine(text: string): string {
  return text.replaceAll(/\s*\n\s*/g, ' ');
}

/** As dotenv reads it: a `#` would begin a comment, and space at an end would go. */
function quoted(text: string): string {
  return /^[^\s#'"`\\]*$/.test(text) ? text : `'${text}'`;
}
