import { ProcessGuard } from '@eggybyte/lifecycle';
import type { ApplicationRun } from './application-run.js';

/** Exit code of a process that a second SIGINT ends: 128 and the number of the signal. */
const INTERRUPTED = 130;
const LEAST_BUDGET_MS = 1000;

/** Lets signals and fatal errors end the process, with the exit code that the stop deserves and within its budget. */
export function ownProcess(run: ApplicationRun): ProcessGuard {
  const exitAfter = (stop: Promise<number>): void => {
    setTimeout(() => process.exit(1), Math.max(run.remainingMs(), LEAST_BUDGET_MS));
    void stop.then((code) => process.exit(code));
  };
  void run.failed.then(() => exitAfter(run.exited));
  return new ProcessGuard({
    onStop: (signal) => exitAfter(run.stop(signal)),
    onRepeat: (signal) => run.log('ignored, the application is stopping already', { signal }),
    onImpatience: () => process.exit(INTERRUPTED),
    onFatal: (error) => void run.fail('A fatal error', error),
  });
}
