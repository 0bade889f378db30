import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gitCommit } from './git-commit.js';
import { InfoEndpoint } from './info-endpoint.js';
import { installedPackages } from './installed-packages.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'eggy-info-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const git = (...args: string[]): string =>
  execFileSync('git', ['-C', folder, '-c', 'user.name=n', '-c', 'user.email=e', ...args], {
    encoding: 'utf8',
    stdio: 'pipe',
  }).trim();

function repository(): string {
  git('init', '-q', '-b', 'main');
  git('commit', '-q', '--allow-empty', '-m', 'first');
  return git('rev-parse', 'HEAD');
}

describe('gitCommit', () => {
  it('is the commit that is checked out, seen from any folder in it', async () => {
    const commit = repository();
    mkdirSync(join(folder, 'apps/users'), { recursive: true });
    expect(await gitCommit(join(folder, 'apps/users'))).toBe(commit);
  });

  it('is found where it is packed, detached, or in a work tree beside the main one', async () => {
    const commit = repository();
    git('pack-refs', '--all');
    expect(await gitCommit(folder)).toBe(commit);
    git('worktree', 'add', '-q', '-b', 'side', join(folder, 'beside'));
    expect(await gitCommit(join(folder, 'beside'))).toBe(commit);
    git('checkout', '-q', '--detach');
    expect(await gitCommit(folder)).toBe(commit);
  });

  it('is nothing without a repository, before the first commit, and where it is damaged', async () => {
    expect(await gitCommit(folder)).toBeUndefined();
    git('init', '-q');
    expect(await gitCommit(folder)).toBeUndefined();
    writeFileSync(join(folder, '.git/HEAD'), 'ref: refs/../../etc/passwd');
    expect(await gitCommit(folder)).toBeUndefined();
    rmSync(join(folder, '.git'), { recursive: true });
    writeFileSync(join(folder, '.git'), 'gitdir: nowhere');
    expect(await gitCommit(folder)).toBeUndefined();
  });
});

describe('installedPackages', () => {
  const manifest = (path: string, content: unknown): void => {
    mkdirSync(join(folder, path), { recursive: true });
    writeFileSync(join(folder, path, 'package.json'), JSON.stringify(content));
  };

  it('are the versions that Node would load, not those that are asked for', async () => {
    manifest('apps/users', { dependencies: { zod: '^4', '@nestjs/core': '*', missing: '1' } });
    manifest('node_modules/zod', { version: '4.0.0' });
    manifest('node_modules/@nestjs/core', { version: '12.5.1' });
    manifest('apps/users/node_modules/zod', { version: '4.6.7' });
    expect(await installedPackages(join(folder, 'apps/users'))).toEqual({ '@nestjs/core': '12.5.1', zod: '4.6.7' });
  });

  it('are none without a package.json, or with one that is no JSON', async () => {
    expect(await installedPackages(folder)).toEqual({});
    writeFileSync(join(folder, 'package.json'), '{');
    expect(await installedPackages(folder)).toEqual({});
  });
});

describe('InfoEndpoint', () => {
  const application = { service: 'shop', version: '1.2.3', environment: 'test' };

  it('tells the build, the runtime and the packages', async () => {
    const commit = repository();
    const { build, runtime, packages, ...rest } = await new InfoEndpoint(application, {
      directory: folder,
      name: '@shop/api',
      builtAt: '2026-01-01T00:00:00Z',
    }).report();
    expect(rest).toEqual(application);
    expect(build).toEqual({ name: '@shop/api', commit, commit_source: 'git', built_at: '2026-01-01T00:00:00Z' });
    expect(runtime).toMatchObject({ node: process.version, pid: process.pid, cpus: expect.any(Number) });
    expect(packages).toEqual({});
  });

  it('believes whoever built it more than the repository', async () => {
    repository();
    const { build } = await new InfoEndpoint(application, { directory: folder, commit: 'v1.2.3-4' }).report();
    expect(build).toEqual({ commit: 'v1.2.3-4', commit_source: 'build' });
  });

  it('tells nothing of a build that it knows nothing of', async () => {
    expect(await new InfoEndpoint(application).report()).toMatchObject({ build: {}, packages: {} });
  });
});
