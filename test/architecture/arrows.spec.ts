import { spawnSync } from 'node:child_process';
import { describe, expect, it } from '@jest/globals';
import { house, libNames, ROOT } from './workspace.js';

describe('arrows', () => {
  it('places every lib on one floor', () => {
    expect(house.floors.flat()).toEqual([...new Set(house.floors.flat())]);
    expect(libNames.filter((lib) => !house.floors.flat().includes(lib))).toEqual([]);
  });

  it('lets imports only go down, by package name, and to allowed third parties', () => {
    const cruiser = ['node_modules/.bin/depcruise', '--config', '.dependency-cruiser.mjs'];

    const { status, stdout, stderr } = spawnSync(process.execPath, [...cruiser, 'libs', 'apps', 'test'], {
      cwd: ROOT,
      encoding: 'utf8',
    });

    expect({ status, report: status === 0 ? '' : stdout + stderr }).toEqual({ status: 0, report: '' });
  }, 60_000);
});
