import { WrongTransitionError } from './lifecycle.errors.js';

/**
 * Where an application stands. `broken` means that it failed and will not recover: the start failed, a service
 * crashed, or the process hit a fatal error.
 */
export type LauncherState = 'starting' | 'ready' | 'draining' | 'stopping' | 'stopped' | 'broken';

const NEXT: Record<LauncherState, readonly LauncherState[]> = {
  starting: ['ready', 'draining', 'broken'],
  ready: ['draining', 'broken'],
  draining: ['stopping', 'broken'],
  stopping: ['stopped', 'broken'],
  broken: ['stopped'],
  stopped: [],
};

/** The state after the step; a wrong step is a defect of the caller. */
export function transition(from: LauncherState, to: LauncherState): LauncherState {
  if (!NEXT[from].includes(to)) throw new WrongTransitionError(from, to);
  return to;
}
