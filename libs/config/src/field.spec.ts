import { ArgumentError } from '@eggybyte/errors';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { custom } from './custom-field.js';
import { bool, int } from './number-fields.js';
import { list } from './list-field.js';
import { text } from './text-fields.js';

describe('a field', () => {
  it('is immutable', () => {
    const field = int({ default: 1, aliases: ['OLD'] });
    expect(Object.isFrozen(field) && Object.isFrozen(field.aliases)).toBe(true);
  });

  it('refuses a default that it would not accept itself', () => {
    expect(() => int({ min: 1, default: 0 })).toThrow(ArgumentError);
    expect(() => int({ min: 1, default: 0 })).toThrow(
      'Expected `default` to be an integer of at least 1, got `0` (number)',
    );
  });

  it('shows a default as it would be written in the environment', () => {
    const shown = [
      int({ default: 0 }),
      bool({ default: false }),
      text({ default: '' }),
      list({ default: ['a', 'b'] }),
      text(),
    ];
    expect(shown.map(({ defaultText }) => defaultText)).toEqual(['0', 'false', '', 'a,b', undefined]);
    expect(int({ default: 20, defaultText: 'twenty' }).defaultText).toBe('twenty');
  });

  it('may be made over any zod schema', () => {
    const email = custom(z.email(), { expected: 'an e-mail address', default: 'ops@example.com' });
    expect(email.schema.safeParse(email.read('nobody')).success).toBe(false);
    expect([email.expected, email.defaultText]).toEqual(['an e-mail address', 'ops@example.com']);
  });
});
