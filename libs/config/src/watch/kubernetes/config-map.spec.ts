import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { readEvent, readList } from './config-map.js';

const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const object = (data: unknown, name = 'app') => ({ metadata: { name, resourceVersion: '7' }, data });

describe('readEvent', () => {
  it('gives back any names and values', () => {
    const name = fc.oneof(fc.string(), fc.constantFrom('__proto__', 'constructor', 'toString', 'hasOwnProperty'));
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'binary' })), (data) => {
        const event = readEvent(bytes({ type: 'MODIFIED', object: object(data) }), 'app');
        const texts = event.kind === 'changed' ? event.found.texts : {};

        expect(Object.entries(texts)).toEqual(Object.entries(data));
        expect(Object.getPrototypeOf(texts)).toBeNull();
        expect(Object.isFrozen(texts)).toBe(true);
      }),
    );
  });

  it('takes no data for no texts', () => {
    for (const data of [undefined, null, {}]) {
      const event = readEvent(bytes({ type: 'ADDED', object: object(data) }), 'app');
      expect(event).toEqual({ kind: 'changed', version: '7', found: { version: '7', texts: {} } });
    }
  });

  it('passes by a bookmark, and a ConfigMap that was not asked for', () => {
    const passed = { kind: 'passed', version: '7' };

    expect(readEvent(bytes({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '7' } } }), 'app')).toEqual(
      passed,
    );
    expect(readEvent(bytes({ type: 'MODIFIED', object: object({ a: 'b' }, 'other') }), 'app')).toEqual(passed);
    expect(readEvent(bytes({ type: 'DELETED', object: object({}, 'other') }), 'app')).toEqual(passed);
  });

  it.each([
    [{ code: 410, reason: 'Expired' }, 410],
    [{ code: 504 }, 504],
    [{}, 500],
    [null, 500],
    [{ code: '410' }, 500],
  ])('throws an ERROR event of %j as %i', (status, code) => {
    const read = () => readEvent(bytes({ type: 'ERROR', object: status }), 'app');

    expect(read).toThrow(expect.objectContaining({ status: code }));
  });

  it('refuses whatever else, and quotes nothing of it', () => {
    fc.assert(
      fc.property(fc.oneof(fc.jsonValue(), fc.string()), (value) => {
        const text = typeof value === 'string' ? `c4n4ry${value}` : JSON.stringify({ c4n4ry: value });
        const read = () => readEvent(Buffer.from(text), 'app');
        expect(read).toThrow(
          expect.objectContaining({ kind: 'invalid', message: expect.not.stringContaining('c4n4ry') }),
        );
      }),
    );
  });
});

describe('readList', () => {
  const list = (...items: unknown[]) => bytes({ metadata: { resourceVersion: '9' }, items });

  it('finds the ConfigMap of that name, with its own version', () => {
    expect(readList(list(object({ a: '1' }, 'other'), object({ a: '2' })), 'app')).toEqual({
      version: '9',
      found: { version: '7', texts: { a: '2' } },
    });
  });

  it('finds none where there is none', () => {
    expect(readList(list(), 'app')).toEqual({ version: '9', found: undefined });
    expect(readList(bytes({ metadata: { resourceVersion: '9' }, items: null }), 'app').found).toBeUndefined();
  });
});
