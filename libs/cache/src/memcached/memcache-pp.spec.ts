import { describe, expect, it } from '@jest/globals';
import { checkMemcachePp, loadMemcachePp } from './memcache-pp.js';

describe('loadMemcachePp', () => {
  it('loads the installed package, which has every seam', () => {
    expect(typeof loadMemcachePp()).toBe('function');
  });

  it('refuses another version and says what to do', () => {
    expect(() => checkMemcachePp(loadMemcachePp(), '0.3.4')).toThrow(
      'memcache-pp cannot be used: version 0.3.4 is installed. Fix: install exactly memcache-pp 0.3.3, or pass another client as `driver`.',
    );
  });

  it.each([[{}], [undefined], [() => 1]])('refuses a package without its methods', (loaded) => {
    expect(() => checkMemcachePp(loaded, '0.3.3')).toThrow(expect.objectContaining({ code: 'EGGY_CACHE_CLIENT' }));
  });
});
