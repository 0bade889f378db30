import { describe, expect, it } from '@jest/globals';
import { libNames, readText, SCOPE } from './workspace.js';

/**
 * The runtime names that each lib exports. A name leaves this list only in a major version; one that is added there gets
 * an entry in the CHANGELOG.
 */
const publicSurface = JSON.parse(readText('test/architecture/public-surface.json')) as Record<string, string[]>;

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
