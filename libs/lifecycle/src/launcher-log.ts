import { Logger } from '@nestjs/common';
import { messageOf } from '@eggybyte/errors';
import type { LauncherEvent, LauncherEvents } from './launcher-events.js';

/** Writes the events of a launcher to Nest's logger, one record each. */
export function logLauncherEvents(events: LauncherEvents): void {
  const logger = new Logger('Launcher');
  events.onEvent((event) => write(logger, event));
}

function write(logger: Logger, event: LauncherEvent): void {
  switch (event.kind) {
    case 'state.changed':
      return logger.log({ msg: `state: ${event.to}`, from: event.from, to: event.to });
    case 'phase.started':
      return logger.debug({ msg: `phase: ${event.phase}`, phase: event.phase });
    case 'phase.finished':
      return logger.log({ msg: `phase done: ${event.phase}`, phase: event.phase, took_ms: rounded(event.tookMs) });
    case 'initializer.started':
      return logger.debug({ msg: 'initializer started', name: event.name });
    case 'initializer.finished':
      return logger.log({ msg: 'initializer finished', name: event.name, took_ms: rounded(event.tookMs) });
    case 'initializer.closed':
      return logger.log({ msg: 'initializer closed', name: event.name, took_ms: rounded(event.tookMs) });
    case 'service.starting':
      return logger.debug({ msg: 'service is starting', name: event.name });
    case 'service.started':
      return logger.log({ msg: 'service started', name: event.name, took_ms: rounded(event.tookMs) });
    case 'service.stopped':
      return logger.log({ msg: 'service stopped', name: event.name, took_ms: rounded(event.tookMs) });
    case 'service.finished':
      return logger.warn({ msg: 'service finished by itself', name: event.name });
    case 'drain.started':
      return logger.log({ msg: 'draining', reason: event.reason, inflight: event.inflight });
    case 'stop.failed':
      return logger.error({ msg: messageOf(event.error), err: event.error });
    // The owner of the process writes the one fatal record of a failed start or a crash; providers are for the timeline.
    case 'phase.failed':
    case 'service.failed':
    case 'hook.failed':
    case 'providers.created':
    case 'initializer.failed':
    case 'service.crashed':
      return undefined;
  }
}

function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
}
