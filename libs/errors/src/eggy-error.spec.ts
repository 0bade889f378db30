import { describe, expect, it } from '@jest/globals';
import { EggyError, type EggyErrorDetails } from './eggy-error.js';

class LidError extends EggyError {
  constructor(details: EggyErrorDetails) {
    super('EGGY_TEST_LID', details);
  }
}

describe('EggyError', () => {
  it('says what, why and what to do, in this order', () => {
    const error = new LidError({ what: 'The lid is stuck', why: 'it is frozen', fix: 'thaw it' });

    expect(error.message).toBe('The lid is stuck: it is frozen. Fix: thaw it.');
    expect(error).toMatchObject({ what: 'The lid is stuck', why: 'it is frozen', fix: 'thaw it' });
  });

  it.each([undefined, ''])('leaves an unknown reason out (%p)', (why) => {
    expect(new LidError({ what: 'The lid is stuck', why, fix: 'thaw it' }).message).toBe(
      'The lid is stuck. Fix: thaw it.',
    );
  });

  it('carries its code and is an Error named after its class', () => {
    const error = new LidError({ what: 'The lid is stuck', fix: 'thaw it' });

    expect(error).toBeInstanceOf(Error);
    expect(error).toBeInstanceOf(EggyError);
    expect(error.code).toBe('EGGY_TEST_LID');
    expect(error.name).toBe('LidError');
    expect(error.stack).toContain('LidError: The lid is stuck');
  });

  it('keeps its cause, and has none where none is known', () => {
    const cause = new Error('ice');

    expect(new LidError({ what: 'Stuck', fix: 'thaw it', cause }).cause).toBe(cause);
    expect('cause' in new LidError({ what: 'Stuck', fix: 'thaw it' })).toBe(false);
  });

  it('answers a request with 500 unless it says otherwise', () => {
    expect(new LidError({ what: 'Stuck', fix: 'thaw it' }).status).toBe(500);
    expect(new LidError({ what: 'Stuck', fix: 'thaw it', status: 503 }).status).toBe(503);
  });
});
