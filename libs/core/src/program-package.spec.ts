import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { findProgramPackage } from './program-package.js';

describe(findProgramPackage, () => {
  let folder: string;

  beforeAll(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'program-')));
    await mkdir(join(folder, 'service/dist/deep'), { recursive: true });
    await writeFile(join(folder, 'package.json'), '{ "name": "workspace" }');
    await writeFile(join(folder, 'service/package.json'), '{ "name": "@shop/orders", "version": "1.2.3" }');
    await mkdir(join(folder, 'nameless/dist'), { recursive: true });
    await writeFile(join(folder, 'nameless/package.json'), '{ "version": 3 }');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('is the nearest one upward from the entry file', () => {
    expect(findProgramPackage(join(folder, 'service/dist/deep/main.js'))).toEqual({
      directory: join(folder, 'service'),
      name: '@shop/orders',
      version: '1.2.3',
    });
  });

  it('knows no name where the manifest has none', () => {
    expect(findProgramPackage(join(folder, 'nameless/dist/main.js'))).toEqual({
      directory: join(folder, 'nameless'),
      name: undefined,
      version: undefined,
    });
  });

  it('falls back to the working directory', () => {
    expect(findProgramPackage('/main.js')).toEqual({ directory: process.cwd(), name: undefined, version: undefined });
  });
});
