import { describe, expect, it } from '@jest/globals';
import { QueryFailedError } from 'typeorm';
import { hasCommittedNothing, rollbackCause, type Session } from './rollback-cause.js';

const session = (changes: Partial<Session> = {}): Session => ({
  rollsBackOnTimeout: () => Promise.resolve(false),
  ...changes,
});
const failed = (fields: object): QueryFailedError =>
  new QueryFailedError('UPDATE secret', ['value'], Object.assign(new Error('of the driver'), fields));

describe('rollbackCause', () => {
  it.each([
    ['a deadlock', { errno: 1213, code: 'ER_LOCK_DEADLOCK' }, 'ER_LOCK_DEADLOCK'],
    ['a write conflict of TiDB', { errno: 9007 }, '9007'],
    ['a changed schema of TiDB', { errno: 8028 }, '8028'],
  ])('is repeatable for %s', async (_, fields, code) => {
    const error = failed(fields);

    expect(await rollbackCause(error, session())).toEqual({ error, code, isRepeatable: true });
  });

  it('is not repeatable for a lost connection', async () => {
    const lost = failed({ code: 'PROTOCOL_CONNECTION_LOST', fatal: true });

    expect(await rollbackCause(lost, session())).toMatchObject({ isRepeatable: false });
    expect(await rollbackCause(failed({ fatal: true }), session())).toMatchObject({ code: 'connection lost' });
  });

  it('is there for a lock wait timeout where the server is configured so', async () => {
    const timeout = failed({ errno: 1205, code: 'ER_LOCK_WAIT_TIMEOUT' });

    expect(await rollbackCause(timeout, session())).toBeUndefined();
    const all = session({ rollsBackOnTimeout: () => Promise.resolve(true) });
    expect(await rollbackCause(timeout, all)).toMatchObject({ isRepeatable: true });
  });

  it.each([
    ['busy, without a transaction', 5, false, { code: 'SQLITE_5', isRepeatable: true }],
    ['busy, in a transaction that is there', 517, true, undefined],
    ['busy, of a Node that does not tell', 5, undefined, { code: 'SQLITE_5', isRepeatable: true }],
    ['full, and rolled back', 13, false, { code: 'SQLITE_13', isRepeatable: false }],
    ['a broken constraint', 2067, true, undefined],
    ['a broken constraint, of a Node that does not tell', 2067, undefined, undefined],
  ])('of SQLite: %s', async (_, errcode, inTransaction, expected) => {
    const cause = await rollbackCause(failed({ errcode }), session({ inTransaction }));

    expect(cause && { code: cause.code, isRepeatable: cause.isRepeatable }).toEqual(expected);
  });

  it.each([failed({ errno: 1062, code: 'ER_DUP_ENTRY' }), new Error('of the work'), 'a text', null])(
    'is absent when only the statement has failed: %p',
    async (error) => {
      expect(await rollbackCause(error, session())).toBeUndefined();
    },
  );
});

describe('hasCommittedNothing', () => {
  it.each([
    [{ errno: 9007 }, true],
    [{ errno: 1213 }, true],
    [{ errno: 1290 }, true],
    [{ errcode: 787 }, true],
    [{ code: 'PROTOCOL_CONNECTION_LOST', fatal: true }, false],
    [{ code: 'ECONNRESET', errno: -104, fatal: true }, false],
    [{ errno: 1317, code: 'ER_QUERY_INTERRUPTED' }, false],
    [{ errno: 1180, code: 'ER_ERROR_DURING_COMMIT' }, false],
    [{}, false],
  ])('of a COMMIT that failed with %j is %p', (fields, expected) => {
    expect(hasCommittedNothing(failed(fields))).toBe(expected);
  });

  it('is true when the COMMIT was not sent', () => {
    const closed = new Error("Can't add new command when connection is in closed state");

    expect(hasCommittedNothing(new QueryFailedError('COMMIT', [], closed))).toBe(true);
  });
});
