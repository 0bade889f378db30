import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type LauncherEvent, LauncherEvents } from './launcher-events.js';
import { logLauncherEvents } from './launcher-log.js';

describe('logLauncherEvents', () => {
  let written: [string, unknown][];

  beforeEach(() => {
    written = [];
    for (const level of ['debug', 'log', 'warn', 'error'] as const) {
      jest.spyOn(Logger.prototype, level).mockImplementation((record: unknown) => void written.push([level, record]));
    }
  });
  afterEach(() => void jest.restoreAllMocks());

  const error = new Error('stuck');
  it.each<[LauncherEvent, string, object]>([
    [
      { kind: 'state.changed', from: 'starting', to: 'ready' },
      'log',
      { msg: 'state: ready', from: 'starting', to: 'ready' },
    ],
    [{ kind: 'phase.started', phase: 'running' }, 'debug', { msg: 'phase: running', phase: 'running' }],
    [
      { kind: 'phase.finished', phase: 'start services', tookMs: 12.345 },
      'log',
      { msg: 'phase done: start services', phase: 'start services', took_ms: 12.3 },
    ],
    [
      { kind: 'initializer.finished', name: 'database', tookMs: 1 },
      'log',
      { msg: 'initializer finished', name: 'database', took_ms: 1 },
    ],
    [
      { kind: 'initializer.closed', name: 'database', tookMs: 1 },
      'log',
      { msg: 'initializer closed', name: 'database', took_ms: 1 },
    ],
    [
      { kind: 'service.started', name: 'Orders', tookMs: 1 },
      'log',
      { msg: 'service started', name: 'Orders', took_ms: 1 },
    ],
    [
      { kind: 'service.stopped', name: 'Orders', tookMs: 1 },
      'log',
      { msg: 'service stopped', name: 'Orders', took_ms: 1 },
    ],
    [{ kind: 'service.finished', name: 'Job' }, 'warn', { msg: 'service finished by itself', name: 'Job' }],
    [
      { kind: 'drain.started', reason: 'SIGTERM', inflight: 2 },
      'log',
      { msg: 'draining', reason: 'SIGTERM', inflight: 2 },
    ],
    [{ kind: 'stop.failed', error }, 'error', { msg: 'stuck', err: error }],
  ])('writes one record for %j', (event, level, record) => {
    const events = new LauncherEvents();
    logLauncherEvents(events);

    events.emit(event);

    expect(written).toEqual([[level, record]]);
  });

  it('leaves failures of the start and crashes to the owner of the process', () => {
    const events = new LauncherEvents();
    logLauncherEvents(events);

    events.emit({ kind: 'phase.failed', phase: 'start services', tookMs: 1, error });
    events.emit({ kind: 'initializer.failed', name: 'database', tookMs: 1, error });
    events.emit({ kind: 'service.crashed', name: 'Orders', error });

    expect(written).toEqual([]);
  });
});
