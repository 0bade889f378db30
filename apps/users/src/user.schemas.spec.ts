import { describe, expect, it } from '@jest/globals';
import { NewUser, PageQuery, UserChanges } from './user.schemas.js';

describe('NewUser', () => {
  it('takes a user, in the form in which it is stored', () => {
    expect(NewUser.parse({ email: 'Ada@Example.com', name: ' Ada ' })).toEqual({
      email: 'ada@example.com',
      name: 'Ada',
    });
  });

  it.each([
    [{ email: 'no', name: 'Ada' }],
    [{ email: 'ada@example.com' }],
    [{ email: 'ada@example.com', name: '   ' }],
    [{ email: 'ada@example.com', name: 'x'.repeat(101) }],
    [{ email: 'ada@example.com', name: 'Ada', admin: true }],
  ])('refuses %j', (body) => {
    expect(NewUser.safeParse(body).success).toBe(false);
  });
});

describe('UserChanges', () => {
  it('takes a part of a user, but not nothing', () => {
    expect(UserChanges.parse({ name: 'Ada' })).toEqual({ name: 'Ada' });
    expect(UserChanges.safeParse({}).success).toBe(false);
  });
});

describe('PageQuery', () => {
  it('reads numbers from a query and bounds them', () => {
    expect(PageQuery.parse({})).toEqual({ page: 1, page_size: 20 });
    expect(PageQuery.parse({ page: '3', page_size: '100' })).toEqual({ page: 3, page_size: 100 });
    expect(PageQuery.safeParse({ page_size: '101' }).success).toBe(false);
    expect(PageQuery.safeParse({ page: '0' }).success).toBe(false);
  });
});
