import { constants, fstatSync, openSync } from 'node:fs';
import { BatchedOutput } from './batched-output.js';

const STDOUT = 1;

let output: BatchedOutput | undefined;

/** Standard output is one for the process, so all its loggers share one buffer: their lines stay whole and in order. */
export function standardOutput(): BatchedOutput {
  if (output === undefined) {
    const created = new BatchedOutput(nonBlocking(STDOUT));
    process.once('exit', () => created.writeImmediately());
    output = created;
  }
  return output;
}

/**
 * A pipe is opened once more without blocking, so that a log collector that stands still does not stop the service;
 * the flag of the descriptor itself is shared with other processes. Where that is not allowed, and for sockets, writing
 * may block, as console.log does.
 */
function nonBlocking(fd: number): number {
  try {
    return fstatSync(fd).isFIFO() ? openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK) : fd;
  } catch {
    return fd;
  }
}
