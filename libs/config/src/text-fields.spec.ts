import { ArgumentError } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import type { Field } from './field.js';
import { Secret } from './secret.js';
import { oneOf, secret, text, url } from './text-fields.js';

const read = (field: Field<unknown>, given: unknown): unknown => {
  const result = field.schema.safeParse(field.read(given));
  return result.success ? result.data : 'refused';
};

describe('text', () => {
  it.each(['a', ' padded ', 'two\nlines', '0', 'null', '${NOT_EXPANDED}', '日本'])('takes %j as it is', (given) => {
    expect(read(text(), given)).toBe(given);
  });

  it.each([1, true, null, {}, ['a']])('refuses %j in code', (value) => {
    expect(read(text(), value)).toBe('refused');
  });

  it('keeps length and pattern', () => {
    const code = text({ min: 2, max: 3, pattern: /^[a-z]+$/ });
    expect(['a', 'ab', 'abc', 'abcd', 'AB'].map((given) => read(code, given))).toEqual([
      'refused',
      'ab',
      'abc',
      'refused',
      'refused',
    ]);
    expect(code.expected).toBe('a text from 2 to 3 characters matching /^[a-z]+$/');
  });

  it('reads the same text the same way each time under a global pattern', () => {
    const field = text({ pattern: /b/g });
    expect([1, 2, 3].map(() => read(field, 'ab'))).toEqual(['ab', 'ab', 'ab']);
  });
});

describe('secret', () => {
  it('wraps the text, and keeps one that is wrapped already', () => {
    for (const given of ['sk_live', new Secret('sk_live')]) {
      expect((read(secret(), given) as Secret).reveal()).toBe('sk_live');
    }
  });

  it('keeps length and pattern', () => {
    const key = secret({ min: 4, pattern: /^sk_/ });
    expect([read(key, 'sk_'), read(key, 'pk_live')]).toEqual(['refused', 'refused']);
    expect(read(key, 'sk_live')).toBeInstanceOf(Secret);
    expect(key.expected).toBe('a secret of at least 4 characters matching /^sk_/');
  });

  it('shows nothing of a default in documentation or when the default is refused', () => {
    expect(secret({ default: 'changeit' }).defaultText).toBe('[REDACTED]');
    expect(() => secret({ min: 20, default: 'changeit' })).toThrow(ArgumentError);
    expect(() => secret({ min: 20, default: 'changeit' })).not.toThrow('changeit');
  });
});

describe('url', () => {
  it.each(['http://localhost', 'https://example.com:8443/a?b=c#d', 'http://[::1]:80/', 'HTTPS://EXAMPLE.COM'])(
    'takes %j as it is',
    (given) => {
      expect(read(url(), given)).toBe(given);
    },
  );

  it.each([
    'example.com',
    '/path',
    'http:example.com',
    'http:/example.com',
    'http://',
    'http://a b',
    ' http://a',
    'http://a\n',
    'ht\ntp://a',
    'ftp://a',
    'javascript://alert(1)',
    'http://a:99999',
  ])('refuses %j', (given) => {
    expect(read(url(), given)).toBe('refused');
  });

  it('takes the protocols it is told', () => {
    const queue = url({ protocols: ['amqp', 'amqps'] });
    expect([read(queue, 'amqps://mq:5671'), read(queue, 'http://mq')]).toEqual(['amqps://mq:5671', 'refused']);
    expect(queue.expected).toBe('a URL starting with amqp:// or amqps://');
  });
});

describe('oneOf', () => {
  const level = oneOf(['debug', 'info'], { default: 'info' });

  it('takes the listed texts in this spelling only', () => {
    expect(['debug', 'info', 'Info', 'info ', 'trace', 'constructor'].map((given) => read(level, given))).toEqual([
      'debug',
      'info',
      'refused',
      'refused',
      'refused',
      'refused',
    ]);
    expect(level.expected).toBe('one of debug, info');
  });
});
