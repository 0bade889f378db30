import { getDefaultParser } from '@nestjs/config';
import type { AnyConfigClass } from '../config-class.js';
import { type ConfigReferenceRow, describeConfig } from '../config-reference.js';
import { oneLine } from './one-line.js';

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
  const literal = literalDefault === undefined ? undefined : quoted(literalDefault);
  const about = oneLine(description);
  const lines = [
    ...(about === '' ? [] : [about]),
    `Expected: ${oneLine(expected)}${traits.length > 0 ? ` (${traits.join(', ')})` : ''}`,
    ...(fallback !== undefined && literal === undefined ? [`Default: ${oneLine(fallback)}`] : []),
  ];
  const assignment = `${name}=${literal ?? ''}`;
  return [...lines.map((line) => `# ${line}`), required ? assignment : `# ${assignment}`].join('\n');
}

/** The text on one line as dotenv reads it back; undefined where it has no form for it. */
function quoted(text: string): string | undefined {
  const escaped = text.replaceAll('\n', String.raw`\n`).replaceAll('\r', String.raw`\r`);
  const forms = [text, `'${text}'`, `"${escaped}"`, `\`${text}\``];
  return forms.find((form) => oneLine(form) === form && readBack(form) === text);
}

/** What the parser makes of it, with something behind it that a quote left open would swallow. */
function readBack(form: string): string | undefined {
  const { X, Y, ...others } = getDefaultParser()(Buffer.from(`X=${form}\nY='end'\n`));
  return Y === 'end' && Object.keys(others).length === 0 ? X : undefined;
}
