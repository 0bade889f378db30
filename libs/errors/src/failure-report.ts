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

/** The error and its causes, outermost first; what was thrown may be anything. */
export function causeChain(error: unknown): unknown[] {
  const chain: unknown[] = [];
  for (let next = error; next !== undefined && !chain.includes(next) && chain.length < LONGEST_CHAIN;) {
    chain.push(next);
    next = next instanceof Error ? next.cause : undefined;
  }
  return chain;
}

/** Explains a failure by the first {@link EggyError} of its cause chain; an unknown one keeps its stack. */
export function describeFailure(error: unknown): FailureReport {
  const chain = causeChain(error);
  const known = chain.find((link) => link instanceof EggyError);
  const causes = [...new Set(chain.map(messageOf))];
  if (known) {
    const description = known.why ? `${known.what}: ${known.why}` : known.what;
    return { code: known.code, description, causes, action: known.fix };
  }
  return { description: messageOf(error), causes, stack: error instanceof Error ? error.stack : undefined };
}

/** The message of anything that was thrown: of an error its message or, where that is empty, its name. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}
