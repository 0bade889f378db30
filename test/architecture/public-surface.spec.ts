import { describe, expect, it } from '@jest/globals';
import { publicSurface } from './public-surface.js';
import { libNames, SCOPE } from './workspace.js';

describe('public surface', () => {
  it('is written down for every lib', () => {
    expect(Object.keys(publicSurface).toSorted()).toEqual(libNames.toSorted());
  });

  it.each(libNames)('of %s is what is written down', async (lib) => {
    const exported = (await import(`${SCOPE}${lib}`)) as Record<string, unknown>;

    expect(Object.keys(exported).toSorted()).toEqual((publicSurface[lib] ?? []).toSorted());
  });

  it.each(libNames)('of %s has no default export', async (lib) => {
    expect(await import(`${SCOPE}${lib}`)).not.toHaveProperty('default');
  });
});
