import { describe, expect, it } from '@jest/globals';
import { EggyError } from './eggy-error.js';
import { causeChain, describeFailure, messageOf } from './failure-report.js';

class PotError extends EggyError {
  constructor(cause: unknown) {
    super('EGGY_TEST_POT', { what: 'The pot does not open', fix: 'see the cause', cause });
  }
}

class LidError extends EggyError {
  constructor(cause?: unknown) {
    super('EGGY_TEST_LID', { what: 'The lid is stuck', why: 'it is frozen', fix: 'thaw it', cause });
  }
}

describe('causeChain', () => {
  it('lists an error and its causes, outermost first', () => {
    const inner = new Error('inner');
    const outer = new Error('outer', { cause: inner });

    expect(causeChain(outer)).toEqual([outer, inner]);
  });

  it('ends where a cause leads back', () => {
    const first = new Error('first');
    const second = new Error('second', { cause: first });
    first.cause = second;

    expect(causeChain(first)).toEqual([first, second]);
    const self = new Error('self');
    self.cause = self;
    expect(causeChain(self)).toEqual([self]);
  });

  it('ends after sixteen links', () => {
    let error: Error | undefined;
    for (let depth = 0; depth < 100; depth++) error = new Error(`${depth}`, { cause: error });

    expect(causeChain(error)).toHaveLength(16);
  });

  it.each([['text'], [null], [42], [{ cause: new Error('not followed') }]])(
    'is %p alone, which is no error',
    (thrown) => {
      expect(causeChain(thrown)).toEqual([thrown]);
    },
  );
});

describe('describeFailure', () => {
  it('tells what is known of an error of the suite in the chain, with every message', () => {
    const report = describeFailure(new Error('startup', { cause: new LidError(new Error('ice')) }));

    expect(report).toEqual({
      code: 'EGGY_TEST_LID',
      description: 'The lid is stuck: it is frozen',
      causes: ['startup', 'The lid is stuck: it is frozen. Fix: thaw it.', 'ice'],
      action: 'thaw it',
    });
  });

  it('says what happened outside, and what to do about what happened inside', () => {
    expect(describeFailure(new PotError(new Error('twisted', { cause: new LidError() })))).toMatchObject({
      code: 'EGGY_TEST_LID',
      description: 'The pot does not open',
      action: 'thaw it',
    });
  });

  it('keeps the stack of a failure that the suite does not know', () => {
    const error = new Error('outer', { cause: new Error('inner') });

    expect(describeFailure(error)).toEqual({
      description: 'outer',
      causes: ['outer', 'inner'],
      stack: error.stack,
    });
  });

  it('tells what it can of an error that throws when it is read', () => {
    const hostile = new Error('hostile');
    for (const key of ['message', 'cause', 'stack']) {
      Object.defineProperty(hostile, key, {
        get: () => {
          throw new Error('no');
        },
      });
    }
    expect(describeFailure(hostile)).toEqual({
      description: 'an error that cannot be read',
      causes: ['an error that cannot be read'],
      stack: undefined,
    });
  });

  it('tells each message once', () => {
    expect(describeFailure(new Error('same', { cause: new Error('same') })).causes).toEqual(['same']);
  });

  it.each([
    ['a text', 'a text'],
    [null, 'null'],
    [undefined, 'undefined'],
    [7, '7'],
    [Symbol('s'), 'Symbol(s)'],
  ])('describes %p, which is no error', (thrown, description) => {
    expect(describeFailure(thrown)).toMatchObject({ description });
    expect(describeFailure(thrown).action).toBeUndefined();
  });
});

describe('messageOf', () => {
  it('is the message of an error, or its name where the message is empty', () => {
    expect(messageOf(new Error('text'))).toBe('text');
    expect(messageOf(new TypeError())).toBe('TypeError');
  });

  it('is what several errors in one say', () => {
    expect(messageOf(new AggregateError([new Error('refused ::1'), new Error('refused 127.0.0.1')]))).toBe(
      'refused ::1; refused 127.0.0.1',
    );
    expect(messageOf(new AggregateError([], 'no address'))).toBe('no address');
    expect(messageOf(new AggregateError([]))).toBe('AggregateError');
  });

  it('never throws, whatever was thrown', () => {
    const bare: unknown = Object.create(null);
    expect(messageOf(bare)).toBe('[Object: null prototype] {}');
    expect(messageOf('text')).toBe('text');
  });
});
