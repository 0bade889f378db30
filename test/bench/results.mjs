// The one results page: a section for each benchmark, written anew by each run of it.
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';

const PAGE = join(import.meta.dirname, 'RESULTS.md');
const HEAD = `# Benchmarks

Written by \`npm run bench\`; \`npm run bench -- http\` runs one of them. The contenders of a table took turns in one run, so
that their ratios tell more than their times, which depend on the machine. CPU time is that of the server's process.
`;

/** @param {string} title @param {string} text Markdown */
export function writeResults(title, text) {
  const page = existsSync(PAGE) ? readFileSync(PAGE, 'utf8') : HEAD;
  const [, ...sections] = page.split(/^## /m);
  const others = sections.filter((section) => !section.startsWith(`${title}\n`));
  const [{ model }] = cpus();
  const when = new Date().toISOString().slice(0, 10);
  const load = loadavg()[0].toFixed(1);
  const machine = `${when}, Node ${process.versions.node}, ${cpus().length} × ${model.trim()}, load ${load} at the end.`;
  const own = `${title}\n\n${text.trim()}\n\n${machine}\n`;
  const all = [...others, own].toSorted((a, b) => a.localeCompare(b)).map((section) => `## ${section.trim()}\n`);
  writeFileSync(PAGE, [HEAD, ...all].join('\n'));
  console.log(`\n## ${own}`);
}

/** @param {readonly string[]} head @param {readonly (readonly string[])[]} rows */
export function table(head, rows) {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

export function median(values) {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];
}
