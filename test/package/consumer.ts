import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const ROOT = join(import.meta.dirname, '../..');
const INSTALL_LIMIT = 240_000;
const MEGABYTE = 1024 * 1024;

/** A lib as it would be published. */
export interface Tarball {
  /** Package name. */
  name: string;
  /** Full path of the .tgz. */
  path: string;
  /** Paths of the files in it. */
  files: string[];
}

/** An empty project outside of the workspace with the packed suite installed in it. */
export interface Consumer extends AsyncDisposable {
  folder: string;
}

/** What a user of the suite installs beside it. */
const PEERS = [
  '@nestjs/common',
  '@nestjs/core',
  '@nestjs/platform-express',
  '@nestjs/platform-fastify',
  '@nestjs/testing',
  'reflect-metadata',
  'rxjs',
];

/** Packs every lib as it is built now. */
export async function packLibs(into: string): Promise<Tarball[]> {
  const folders = readdirSync(join(ROOT, 'libs')).map((lib) => `./libs/${lib}`);
  const { stdout } = await run('npm', ['pack', ...folders, '--pack-destination', into, '--json', '--ignore-scripts'], {
    cwd: ROOT,
    maxBuffer: 64 * MEGABYTE,
  });
  const packed = JSON.parse(stdout) as { name: string; filename: string; files: { path: string }[] }[];
  return packed.map(({ name, filename, files }) => ({
    name,
    path: join(into, filename),
    files: files.map(({ path }) => path),
  }));
}

/** Installs the tarballs and Nest into an empty project and compiles the two services of ./service against them. */
export async function createConsumer(tarballs: Tarball[]): Promise<Consumer> {
  const folder = await mkdtemp(join(tmpdir(), 'eggy-consumer-'));
  const dispose = () => rm(folder, { recursive: true, force: true });
  try {
    const suite = tarballs.map(({ name, path }) => [name, `file:${path}`]);
    const peers = await Promise.all(PEERS.map(async (name) => [name, await installedVersion(name)]));
    const manifest = {
      name: 'consumer',
      version: '1.2.3',
      private: true,
      dependencies: Object.fromEntries([...suite, ...peers]),
    };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest, null, 2));
    await cp(join(import.meta.dirname, 'service'), folder, { recursive: true });
    await run('npm', ['install', '--no-audit', '--no-fund', '--prefer-offline', '--omit=dev'], {
      cwd: folder,
      timeout: INSTALL_LIMIT,
      maxBuffer: 64 * MEGABYTE,
    });
    await compile(folder);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { folder, [Symbol.asyncDispose]: dispose };
}

async function compile(folder: string): Promise<void> {
  // The compiler and node's types are the workspace's: they are tools, not what is under test.
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const typeRoots = join(ROOT, 'node_modules/@types');
  try {
    await run(process.execPath, [tsc, '-p', folder, '--typeRoots', typeRoots, '--types', 'node'], { cwd: folder });
  } catch (error) {
    throw new Error(`The services do not compile against the packed suite:\n${(error as { stdout: string }).stdout}`, {
      cause: error,
    });
  }
}

async function installedVersion(name: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(ROOT, 'node_modules', name, 'package.json'), 'utf8')) as {
    version: string;
  };
  return manifest.version;
}
