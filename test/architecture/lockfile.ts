import { readJson } from './workspace.js';

interface LockedPackage {
  hasInstallScript?: boolean;
  link?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
}

const { packages } = readJson<{ packages: Record<string, LockedPackage> }>('package-lock.json');

/** Names of the packages with an install script that come along when these workspace folders are installed. */
export function installScriptsOf(folders: string[]): string[] {
  const seen = new Set<string>();
  const pending = [...folders];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    if (seen.has(path)) continue;
    seen.add(path);
    const { dependencies, optionalDependencies, peerDependencies } = packages[path] ?? {};
    const wanted = Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies });
    pending.push(...wanted.flatMap((name) => locationOf(name, path) ?? []));
  }
  const scripted = [...seen].filter((path) => packages[path]?.hasInstallScript);
  return [
    ...new Set(scripted.map((path) => path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length))),
  ].toSorted();
}

/** Optional dependencies, binaries of other platforms most of all, that the lockfile does not name: `npm ci` refuses it then. */
export function unlockedOptionalPackages(): string[] {
  return Object.entries(packages).flatMap(([path, { optionalDependencies }]) =>
    Object.keys(optionalDependencies ?? {}).filter((name) => locationOf(name, path) === undefined),
  );
}

/** Where node finds a package from a folder: the nearest node_modules upward; a workspace link leads to its folder. */
function locationOf(name: string, from: string): string | undefined {
  for (let folder: string | undefined = from; folder !== undefined; folder = parentOf(folder)) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    const found = packages[path];
    if (found) return found.link ? found.resolved : path;
  }
  return undefined;
}

function parentOf(folder: string): string | undefined {
  if (folder === '') return undefined;
  return folder.slice(0, Math.max(0, folder.lastIndexOf('/')));
}
