import { getDefaultParser } from '@nestjs/config';

/** What may be an assignment of a `.env` file, or a line of a text in quotes that looks like one. */
const CANDIDATE = /^([^\S\n]*(?:export[^\S\n]+)?)([A-Z][A-Z0-9_]*)(?=[^\S\n]*[=:])/gm;

/** Names that a `.env` file gives more than once; its parser takes the last one and says nothing. */
export function repeatedNames(content: Buffer): string[] {
  const lines = content.toString('utf8').replaceAll(/\r\n?/g, '\n');
  // Under a name of its own each assignment is found by the parser itself, and nothing else is.
  let count = 0;
  const numbered = lines.replaceAll(CANDIDATE, (_, before: string, name: string) => `${before}${name}.${count++}`);
  const names = Object.keys(getDefaultParser()(Buffer.from(numbered))).map((name) => name.replace(/\.\d+$/, ''));
  return [...new Set(names.filter((name, index) => names.indexOf(name) !== index))];
}
