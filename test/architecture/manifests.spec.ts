import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { installScriptsOf, unlockedOptionalPackages } from './lockfile.js';
import {
  appNames,
  house,
  libNames,
  libOfPackage,
  type Manifest,
  manifestOf,
  packagesImportedBy,
  readJson,
  readText,
  ROOT,
  SCOPE,
  sourcesOf,
} from './workspace.js';

const KEY_ORDER = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'repository',
  'type',
  'sideEffects',
  'bin',
  'exports',
  'files',
  'engines',
  'dependencies',
  'peerDependencies',
  'peerDependenciesMeta',
  'publishConfig',
];

const libs = libNames.map((name) => ({
  name,
  manifest: manifestOf(`libs/${name}`),
  sources: sourcesOf(`libs/${name}`),
}));

describe.each(libs)('manifest of $name', ({ name, manifest, sources }) => {
  const imported = new Set(sources.flatMap(packagesImportedBy));
  const declared = declaredBy(manifest);

  it('declares every package that the source imports', () => {
    expect([...imported].filter((used) => !declared.includes(used) && used !== manifest.name)).toEqual([]);
  });

  it('declares nothing that is not used', () => {
    const usesNest = [...imported].some((used) => used.startsWith('@nestjs/'));
    const named = (dependency: string) => sources.some(({ text }) => text.includes(`'${dependency}'`));
    const isUsed = (dependency: string) =>
      named(dependency) || (usesNest && house.everyLib.includes(dependency)) || isPeerOfAnother(dependency, declared);

    expect(declared.filter((dependency) => !isUsed(dependency))).toEqual([]);
  });

  it('depends on lower floors only', () => {
    const floor = house.floors.findIndex((names) => names.includes(name));
    const below = new Set(house.floors.slice(0, floor).flat());

    expect(workspaceDependencies(manifest).filter((lib) => !below.has(lib))).toEqual([]);
  });

  it('has third-party families only where the design puts them', () => {
    const allowed = [...house.everyLib, ...(house.families[name] ?? [])];
    const isAllowed = (dependency: string) =>
      allowed.some(
        (entry) => entry === dependency || (entry.endsWith('/*') && dependency.startsWith(entry.slice(0, -1))),
      );
    const thirdParties = declared.filter((dependency) => libOfPackage(dependency) === undefined);

    expect(thirdParties.filter((dependency) => !isAllowed(dependency))).toEqual([]);
  });

  it('has the keys of all manifests in their order, dependencies by name', () => {
    const keys = Object.keys(manifest);
    const blocks = [manifest.dependencies, manifest.peerDependencies].map((block) => Object.keys(block ?? {}));

    expect(keys).toEqual(KEY_ORDER.filter((key) => keys.includes(key)));
    expect(blocks).toEqual(blocks.map((block) => block.toSorted()));
  });

  it('has the version of the suite, and depends on the others by exactly that version', () => {
    const { version } = readJson<Manifest>('package.json');
    const ranges = Object.entries(manifest.dependencies ?? {}).filter(([dependency]) => dependency.startsWith(SCOPE));

    expect(manifest.version).toBe(version);
    expect(ranges.filter(([, range]) => range !== version)).toEqual([]);
  });

  it('is built after the libs it depends on', () => {
    const { references } = readJson<{ references: { path: string }[] }>(`libs/${name}/tsconfig.json`);
    const built = references.map(({ path }) => path.replace('../', ''));

    expect(built.toSorted()).toEqual(workspaceDependencies(manifest).toSorted());
  });
});

describe('manifests', () => {
  it('are one version, apps and workspace included', () => {
    const folders = ['.', ...libNames.map((lib) => `libs/${lib}`), ...appNames.map((app) => `apps/${app}`)];

    expect([...new Set(folders.map((folder) => manifestOf(folder).version))]).toHaveLength(1);
  });

  it('bring no package with an install script that nobody approved', () => {
    const entries = libNames.map((lib) => `libs/${lib}`);

    expect(installScriptsOf(entries)).toEqual(house.installScripts);
  });

  it('lock versions without the address of a registry', () => {
    expect(readText('package-lock.json').match(/"resolved": "https?:.*"/g)).toBeNull();
  });

  it('lock the binaries of every platform; if not, run node .ci/complete-lockfile.mjs', () => {
    expect(unlockedOptionalPackages()).toEqual([]);
  });

  it('build every lib and app by the root project', () => {
    const { references } = readJson<{ references: { path: string }[] }>('tsconfig.json');
    const packages = [...libNames.map((lib) => `libs/${lib}`), ...appNames.map((app) => `apps/${app}`)];
    const projects = [...packages, 'libs/monitoring/page', 'test'];

    expect(references.map(({ path }) => path).toSorted()).toEqual(projects.toSorted());
  });
});

function declaredBy({ dependencies, peerDependencies }: Manifest): string[] {
  return [...Object.keys(dependencies ?? {}), ...Object.keys(peerDependencies ?? {})];
}

function workspaceDependencies(manifest: Manifest): string[] {
  return declaredBy(manifest).flatMap((dependency) => libOfPackage(dependency) ?? []);
}

/** nestjs-pino, say, wants pino-http beside it. */
function isPeerOfAnother(dependency: string, declared: string[]): boolean {
  return declared.some((other) => {
    const path = `node_modules/${other}/package.json`;
    return existsSync(join(ROOT, path)) && dependency in (readJson<Manifest>(path).peerDependencies ?? {});
  });
}
