import { runInNewContext } from 'node:vm';
import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { decodeValue, encodeValue } from './value-codec.js';

class User {
  constructor(
    public name: string,
    public since: Date = new Date(0),
  ) {}

  get initial(): string {
    return this.name.charAt(0);
  }
}

class Admin extends User {}

const roundTrip = (value: unknown, as?: typeof User) => decodeValue(encodeValue(value, as), as);
const refused = expect.objectContaining({ code: 'EGGY_CACHE_VALUE' });

describe('values', () => {
  it.each([
    ['an empty text', ''],
    ['END', 'END'],
    ['CR LF', 'a\r\nEND\r\n'],
    ['a reply of memcached', 'VALUE x 0 1\r\ny\r\nEND\r\n'],
    ['what stands for a date', '{"$date":1}'],
    ['a lone surrogate', '\ud800'],
    ['a zero byte', '\u0000'],
    ['an emoji', '🥚'],
    ['0', 0],
    ['a fraction', -1.5e-7],
    ['the largest whole number', Number.MAX_SAFE_INTEGER],
    ['true', true],
    ['null', null],
    ['an empty object', {}],
    ['an empty array', []],
    ['nested plain data', { a: [1, { b: null }], c: 'x' }],
    ['a date', new Date('2026-01-02T03:04:05.678Z')],
    ['a date inside', { at: new Date(0), list: [new Date(1)] }],
    ['an empty Buffer', Buffer.alloc(0)],
    ['a Buffer of every byte', Buffer.from(Array.from({ length: 256 }, (_, byte) => byte))],
    ['a Buffer inside', { picture: Buffer.from([0, 255]) }],
    ['names that begin with $', { $date: 'x', $bytes: 1, $$: { $: 2 } }],
    ['an object that looks like a date', { $date: 5 }],
    ['an object that looks like an escaped date', { $$date: 5 }],
  ])('come back as they went in: %s', (_, value) => {
    expect(roundTrip(value)).toEqual(value);
  });

  it('come back as they went in: whatever JSON can say, Buffers and dates', () => {
    const leaf = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('$date', '$$', '\r\n', '\ud800'),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => number + 0),
      fc.boolean(),
      fc.constant(null),
      fc.date({ noInvalidDate: true }),
      fc.uint8Array().map((bytes) => Buffer.from(bytes)),
    );
    const name = fc.oneof(
      fc.string(),
      fc.constantFrom('$date', '$bytes', '$map', '$set', '$bigint', '$$date', '__proto__', 'toJSON', 'constructor'),
    );
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        leaf,
        fc.array(tie('value')),
        fc.dictionary(name, tie('value'), { noNullPrototype: true }),
        fc.array(fc.tuple(tie('value'), tie('value')), { maxLength: 4 }).map((entries) => new Map(entries)),
        fc.array(tie('value'), { maxLength: 4 }).map((elements) => new Set(elements)),
        fc.bigInt(),
      ),
    }));
    fc.assert(fc.property(value, (any) => expect(roundTrip(any)).toEqual(any)));
  });

  it('belong to whoever reads them', () => {
    const bytes = encodeValue({ list: [1] });
    const first = decodeValue(bytes) as { list: number[] };
    first.list.push(2);
    expect(decodeValue(bytes)).toEqual({ list: [1] });

    const picture = Buffer.from('abc');
    const stored = encodeValue(picture);
    picture.fill(0);
    (decodeValue(stored) as Buffer).fill(0);
    expect(decodeValue(stored)).toEqual(Buffer.from('abc'));
  });

  it('of another realm come back too', () => {
    const foreign: unknown = runInNewContext('({ at: new Date(5), list: [{ a: null }] })');
    expect(roundTrip(foreign)).toEqual({ at: new Date(5), list: [{ a: null }] });
    expect(roundTrip(runInNewContext('new Map([[1, new Set([2n])]])'))).toEqual(new Map([[1, new Set([2n])]]));
    expect(() => encodeValue(runInNewContext('new WeakMap()'))).toThrow(refused);
  });

  it('leave out properties that are undefined, as JSON does', () => {
    expect(roundTrip({ a: 1, b: undefined })).toEqual({ a: 1 });
  });

  it('keep a property called __proto__ a property', () => {
    const value = JSON.parse('{"__proto__":{"admin":true},"$x":1}') as object;
    const back = roundTrip(value) as { admin?: boolean };
    expect(Object.keys(back)).toEqual(['__proto__', '$x']);
    expect(back.admin).toBeUndefined();
  });

  it('that are whole numbers from 0 are their digits, as a counter is', () => {
    expect(encodeValue(42).toString()).toBe('42');
  });

  it.each([
    ['undefined', undefined],
    ['undefined in an array', [undefined]],
    ['a hole in an array', [, 1]], // oxlint-disable-line no-sparse-arrays
    ['a function', () => 1],
    ['a method', { toJSON: () => 1 }],
    ['a symbol', Symbol('x')],
    ['NaN', Number.NaN],
    ['Infinity', [Number.POSITIVE_INFINITY]],
    ['a Map of a subclass', new (class extends Map {})()],
    ['a Set with a property', Object.assign(new Set(), { note: 1 })],
    ['a Map that holds a function', new Map([['a', () => 1]])],
    ['a Map that holds undefined', new Map([['a', undefined]])],
    ['a WeakMap', new WeakMap()],
    ['an invalid date', new Date(Number.NaN)],
    ['a date of a subclass', new (class extends Date {})()],
    ['a RegExp', /x/],
    ['an error', new Error('x')],
    ['a typed array', new Uint8Array(1)],
    ['a boxed text', new String('x')], // oxlint-disable-line no-new-wrappers
    ['an instance', new User('Ann')],
    ['an instance inside', { owner: new User('Ann') }],
  ])('that would not come back are a typed error: %s', (_, value) => {
    expect(() => encodeValue(value)).toThrow(refused);
  });

  it('in a circle are a typed error', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => encodeValue(circle)).toThrow(refused);
  });

  it('that cannot be cached are told by their place and never by their content', () => {
    expect(() => encodeValue({ secret: /hunter2/ })).toThrow(
      'RegExp (under `secret`) cannot be cached: it would not come back as it went in. Fix: cache plain data in its place.',
    );
    expect(() => encodeValue(new User('hunter2'))).toThrow(
      'User cannot be cached: it would not come back as it went in. Fix: pass `as: User`, or cache a plain object.',
    );
  });

  it.each([['nothing'], ['{'], ['\u0001x']])('%j is not one of ours', (text) => {
    expect(() => decodeValue(Buffer.from(text))).toThrow(SyntaxError);
  });

  it('of no bytes are none of ours', () => {
    expect(() => decodeValue(Buffer.alloc(0))).toThrow(SyntaxError);
  });
});

describe('class instances', () => {
  it('come back with their class, dates included', () => {
    const back = roundTrip(new User('Ann'), User) as User;
    expect(back).toBeInstanceOf(User);
    expect(back).toEqual(new User('Ann'));
    expect(back.initial).toBe('A');
  });

  it('come back in arrays', () => {
    expect(roundTrip([new User('Ann'), new User('Bob')], User)).toEqual([new User('Ann'), new User('Bob')]);
    expect(roundTrip([], User)).toEqual([]);
  });

  it('may be missing', () => {
    expect(roundTrip(null, User)).toBeNull();
  });

  it.each([
    ['plain data', { name: 'Ann' }],
    ['a subclass', new Admin('Ann')],
    ['a text', 'Ann'],
    ['a Buffer', Buffer.from('Ann')],
    ['an array of something else', [new User('Ann'), { name: 'Bob' }]],
    ['an array with a hole in it', [null]],
  ])('of another class are a typed error: %s', (_, value) => {
    expect(() => encodeValue(value, User)).toThrow(refused);
  });

  it('of a class inside of another are a typed error', () => {
    expect(() => encodeValue(Object.assign(new User('Ann'), { boss: new User('Bob') }), User)).toThrow(
      'User (under `boss`) cannot be cached',
    );
  });

  it('keep their class whatever a stored property is called', () => {
    const back = decodeValue(Buffer.from('{"__proto__":{"x":1},"name":"Ann"}'), User) as User;
    expect(Object.getPrototypeOf(back)).toBe(User.prototype);
  });

  it('do not run setters of their class', () => {
    class Loud {
      set name(_: string) {
        throw new Error('ran');
      }
    }
    expect(Object.keys(decodeValue(Buffer.from('{"name":"x"}'), Loud) as Loud)).toEqual(['name']);
  });

  it.each([['"text"'], ['7'], ['{"$date":0}']])('are not made of %s', (json) => {
    expect(() => decodeValue(Buffer.from(json), User)).toThrow(TypeError);
  });
});
