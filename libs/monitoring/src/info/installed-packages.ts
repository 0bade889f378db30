import { readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';

interface Manifest {
  version?: unknown;
  dependencies?: unknown;
}

/** The versions that are installed of what the package in `directory` depends on, by name. Never rejects. */
export async function installedPackages(directory: string): Promise<Record<string, string>> {
  const { dependencies } = await manifestIn(directory);
  const names = Object.keys((dependencies as object | undefined) ?? {}).toSorted();
  const versions = await Promise.all(names.map(async (name) => [name, await versionOf(name, directory)] as const));
  return Object.fromEntries(versions.filter((entry): entry is [string, string] => entry[1] !== undefined));
}

/** As Node looks a package up: beside whoever asks, and then upward. */
async function versionOf(name: string, from: string): Promise<string | undefined> {
  for (let at = from; ; at = dirname(at)) {
    const { version } = await manifestIn(join(at, 'node_modules', name));
    if (typeof version === 'string') return version;
    if (at === dirname(at)) return undefined;
  }
}

async function manifestIn(directory: string): Promise<Manifest> {
  try {
    return JSON.parse(await readFile(join(directory, 'package.json'), 'utf8')) as Manifest;
  } catch {
    return {};
  }
}
