import { METHODS } from 'node:http';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { methodOf, spanNameOf, withoutQuery } from './request-names.js';

const KNOWN = new Set<unknown>(['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'QUERY']);

describe('the method of a request', () => {
  it('is one of a fixed list, whatever a client sends', () => {
    const sent = fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom(...METHODS, 'get', '__proto__', undefined));
    fc.assert(
      fc.property(sent, (method) => {
        const isKnown = KNOWN.has(method);
        expect([methodOf(method), spanNameOf(method)]).toEqual(isKnown ? [method, method] : ['_OTHER', 'HTTP']);
      }),
    );
  });
});

describe('the path of a request', () => {
  it('has nothing of its query or its fragment', () => {
    fc.assert(
      fc.property(fc.webPath(), fc.webQueryParameters(), (path, query) => {
        expect([withoutQuery(`${path}?${query}`), withoutQuery(`${path}#${query}`)]).toEqual([path, path]);
      }),
    );
  });
});
