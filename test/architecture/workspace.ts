import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';

/** The floors and third-party families of the house; .dependency-cruiser.mjs reads the same file. */
export interface House {
  /** Lowest first; a lib imports from the floors below its own. */
  floors: string[][];
  /** Packages that every lib may use. */
  everyLib: string[];
  /** Third-party packages by the libs that may use them. */
  families: Record<string, string[]>;
  /** Dependencies of libs whose install script was looked at and approved. */
  installScripts: string[];
}

export interface Manifest {
  name: string;
  version: string;
  dependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  [key: string]: unknown;
}

export interface SourceFile {
  /** Path from the workspace's root, with slashes. */
  path: string;
  text: string;
}

export const ROOT: string = join(import.meta.dirname, '../..');
export const SCOPE = '@eggybyte/';
/** What is made by tools or installed, in any folder. */
const NOT_OURS = new Set(['node_modules', 'dist', '.git', '.cache', '.data', 'coverage']);

export const house: House = readJson('test/architecture/house.json');

/** Folder names of the libs, in alphabetical order. */
export const libNames: string[] = foldersOf('libs');
export const appNames: string[] = foldersOf('apps');

export function readText(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

export function readJson<T>(path: string): T {
  return JSON.parse(readText(path)) as T;
}

export function manifestOf(folder: string): Manifest {
  return readJson(`${folder}/package.json`);
}

/** Every file of the project below a folder that is written by hand. */
export function filesOf(folder: string, wanted: (path: string) => boolean = () => true): SourceFile[] {
  if (!existsSync(join(ROOT, folder))) return [];
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  return entries.flatMap((entry) => {
    const path = relative(ROOT, join(ROOT, folder, entry.name)).replaceAll('\\', '/');
    if (NOT_OURS.has(entry.name)) return [];
    if (entry.isDirectory()) return filesOf(path, wanted);
    return wanted(path) ? [{ path, text: readText(path) }] : [];
  });
}

export function isSpec(path: string): boolean {
  return /[.-]spec\.ts$/.test(path);
}

/** The TypeScript of a lib or an app that ships. */
export function sourcesOf(folder: string): SourceFile[] {
  return filesOf(`${folder}/src`, (path) => path.endsWith('.ts') && !isSpec(path));
}

/** Packages that a file imports, statically, dynamically or as types; built-in modules are left out. */
export function packagesImportedBy({ text }: SourceFile): string[] {
  const imports = ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName);
  return imports.filter((name) => !/^(\.|node:)/.test(name)).map(packageOf);
}

/** The lib that a package is, or undefined for a third party. */
export function libOfPackage(name: string): string | undefined {
  return name.startsWith(SCOPE) ? name.slice(SCOPE.length) : undefined;
}

function packageOf(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

function foldersOf(folder: string): string[] {
  const entries = readdirSync(join(ROOT, folder), { withFileTypes: true });
  const isPackage = (name: string) => existsSync(join(ROOT, folder, name, 'package.json'));
  return entries.filter((entry) => entry.isDirectory() && isPackage(entry.name)).map(({ name }) => name);
}
