import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The package that the running program belongs to: where its `.env` and `.data/` stand. */
export interface ProgramPackage {
  directory: string;
  name: string | undefined;
  version: string | undefined;
}

/** The nearest package.json upward from the entry file; without one, the working directory. */
export function findProgramPackage(entry: string | undefined = process.argv[1]): ProgramPackage {
  for (let directory = dirname(entry ?? join(process.cwd(), 'main')); ; directory = dirname(directory)) {
    const file = join(directory, 'package.json');
    if (existsSync(file)) return { directory, ...readManifest(file) };
    if (directory === dirname(directory)) return { directory: process.cwd(), name: undefined, version: undefined };
  }
}

function readManifest(file: string): Omit<ProgramPackage, 'directory'> {
  const { name, version } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
  return {
    name: typeof name === 'string' ? name : undefined,
    version: typeof version === 'string' ? version : undefined,
  };
}
