import { Logger } from '@nestjs/common';
import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { type LauncherEvent, LauncherEvents } from './launcher-events.js';

const finished = (name: string): LauncherEvent => ({ kind: 'service.finished', name });
const broken: LauncherEvent = { kind: 'state.changed', from: 'ready', to: 'broken' };

describe('LauncherEvents', () => {
  afterEach(() => void jest.restoreAllMocks());

  it('tells each listener every event, from the beginning', () => {
    const events = new LauncherEvents();
    const [early, late]: LauncherEvent[][] = [[], []];

    events.onEvent((event) => early?.push(event));
    events.emit(finished('a'));
    events.onEvent((event) => late?.push(event));
    events.emit(finished('b'));

    expect(early).toEqual([finished('a'), finished('b')]);
    expect(late).toEqual(early);
  });

  it('tells nothing more to a listener that has left, and goes on with the same function registered again', () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    const listener = (event: LauncherEvent) => void told.push(event);

    const leave = events.onEvent(listener);
    events.onEvent(listener);
    leave();
    leave();
    events.emit(finished('a'));

    expect(told).toEqual([finished('a')]);
  });

  it('tells all listeners the same order when one of them causes an event', () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    events.onEvent((event) => {
      if (event.kind === 'service.finished') events.emit(broken);
    });
    events.onEvent((event) => void told.push(event));

    events.emit(finished('a'));

    expect(told).toEqual([finished('a'), broken]);
  });

  it('tells an event once to a listener that is added by a listener', () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    const leave = events.onEvent(() => {
      leave();
      events.onEvent((event) => void told.push(event));
    });

    events.emit(finished('a'));
    events.emit(finished('b'));

    expect(told).toEqual([finished('a'), finished('b')]);
  });

  it('tells an event once to a listener that is added while the event waits', () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    const leave = events.onEvent(() => {
      leave();
      events.emit(broken);
      events.onEvent((event) => void told.push(event));
    });

    events.emit(finished('a'));

    expect(told).toEqual([finished('a'), broken]);
  });

  it('tells a listener the event that it causes while it is told the past', () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    events.emit(finished('a'));

    events.onEvent((event) => {
      told.push(event);
      if (event.kind === 'service.finished') events.emit(broken);
    });

    expect(told).toEqual([finished('a'), broken]);
  });

  it('keeps a listener that throws from harming anybody, and logs it', () => {
    const log = jest.spyOn(Logger.prototype, 'error').mockImplementation(() => undefined);
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    const error = new Error('listener');
    events.onEvent(() => {
      throw error;
    });
    events.onEvent((event) => void told.push(event));

    events.emit(finished('a'));
    events.emit(finished('b'));

    expect(told).toEqual([finished('a'), finished('b')]);
    expect(log).toHaveBeenCalledWith({ msg: 'A listener failed at service.finished', err: error });
  });

  it('tells begin and end of a phase, with its duration', async () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    events.onEvent((event) => void told.push(event));

    expect(await events.phase('start services', async () => 'result')).toBe('result');
    expect(events.phaseSync('logging', () => 'result')).toBe('result');

    const tookMs: unknown = expect.any(Number);
    expect(told).toEqual([
      { kind: 'phase.started', phase: 'start services' },
      { kind: 'phase.finished', phase: 'start services', tookMs },
      { kind: 'phase.started', phase: 'logging' },
      { kind: 'phase.finished', phase: 'logging', tookMs },
    ]);
  });

  it('tells the failure of a phase and passes it on', async () => {
    const events = new LauncherEvents();
    const told: LauncherEvent[] = [];
    const error = new Error('phase');
    const failing = (): never => {
      throw error;
    };
    events.onEvent((event) => void told.push(event));

    await expect(events.phase('start services', () => Promise.reject(error))).rejects.toBe(error);
    await expect(events.phase('start services', failing)).rejects.toBe(error);
    expect(() => events.phaseSync('logging', failing)).toThrow(error);

    const failed = told.filter(({ kind }) => kind === 'phase.failed');
    expect(failed).toHaveLength(3);
    expect(failed[0]).toEqual({ kind: 'phase.failed', phase: 'start services', tookMs: expect.any(Number), error });
  });
});
