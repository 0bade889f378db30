import { inspect } from 'node:util';
import { EggyError, type EggyErrorCode } from './eggy-error.js';

/** One failure told to a person at night: description, cause and action. */
export interface FailureReport {
  /** Code of the error that explains the failure, if the suite knows it. */
  code?: EggyErrorCode | undefined;
  /** What happened. */
  description: string;
  /** Every message of the cause chain, outermost first, without repetition. */
  causes: string[];
  /** What to do; absent when the failure is unknown to the suite, then `stack` is there. */
  action?: string | undefined;
  /** Stack of the outermost error, only when the failure is unknown. */
  stack?: string | undefined;
}

/** Guard against a cause chain that loops. */
const LONGEST_CHAIN = 16;

/** Of an error that stands for several, these many are told. */
const MOST_PARTS = 4;

/** The error and its causes, outermost first; what was thrown may be anything. */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && !chain.includes(next) && chain.length < LONGEST_CHAIN;) {
    chain.push(next);
    next = read(next, 'cause');
  }
  return chain;
}

/**
 * Explains a failure: what happened by the outermost {@link EggyError} of its cause chain, code and action by the
 * innermost, which is nearest to what has to be done. A failure without one keeps its stack.
 */
export function describeFailure(error: unknown): FailureReport {
  const chain = causeChain(error);
  const known = chain.filter((link) => link instanceof EggyError);
  const [outermost] = known;
  const innermost = known.at(-1);
  const causes = [...new Set(chain.map(messageOf))];
  if (outermost && innermost) {
    const description = outermost.why ? `${outermost.what}: ${outermost.why}` : outermost.what;
    return { code: innermost.code, description, causes, action: innermost.fix };
  }
  return { description: messageOf(error), causes, stack: read(error, 'stack') };
}

/** The message of anything that was thrown; where an error has none, those of its `errors`, else its name. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return textOf(error);
  } catch {
    return 'an error that cannot be read';
  }
}

function textOf(error: unknown): string {
  if (typeof error === 'string') return error;
  if (!(error instanceof Error)) return inspect(error);
  if (error.message !== '') return error.message;
  // Node's error of a host with several addresses is one of these.
  const parts = error instanceof AggregateError ? error.errors.slice(0, MOST_PARTS).map(messageOf) : [];
  return [...new Set(parts)].join('; ') || error.name;
}

/** A property of an error; one whose getter throws is as good as absent. */
function read<K extends 'cause' | 'stack'>(error: unknown, key: K): Error[K] | undefined {
  try {
    return error instanceof Error ? error[key] : undefined;
  } catch {
    return undefined;
  }
}
