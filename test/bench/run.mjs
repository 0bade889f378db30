// npm run bench [-- names]: the benchmarks, one after the other. Needs a build.
import { execFileSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';

const END = '.bench.mjs';
const all = readdirSync(import.meta.dirname).filter((file) => file.endsWith(END));
const wanted = process.argv.slice(2);
for (const file of all) {
  if (wanted.length > 0 && !wanted.includes(file.slice(0, -END.length))) continue;
  execFileSync(process.execPath, [join(import.meta.dirname, file)], { stdio: 'inherit' });
}
