import { inspect } from 'node:util';
import { EggyError } from './eggy-error.js';
import { isError } from './is-error.js';
import { explainNestError, explainSystemError } from './platform-failures.js';

/** One failure told to a person at night: description, cause and action. */
export interface FailureReport {
  /** Code of the error that explains the failure: the suite's own, Node's, or the class of Nest's. */
  code?: string | undefined;
  /** What happened. */
  description: string;
  /** Every message of the cause chain, outermost first, without repetition. */
  causes: string[];
  /** What to do; absent when the cause is unknown. */
  action?: string | undefined;
  /** Stack of the outermost error, where only that can tell the place: the cause is unknown, or an error of Node. */
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
 * innermost, which is nearest to what has to be done. Without one it knows errors of Node (port in use, refused, name
 * not found, TLS, disk full, ...) and of Nest (missing provider, undefined import, ...).
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
  const stack = read(error, 'stack');
  const [description = messageOf(error)] = causes;
  for (const link of chain.toReversed()) {
    const ofNest = tryTo(() => explainNestError(link));
    if (ofNest) return { code: ofNest.code, description: ofNest.description, causes, action: ofNest.action };
    const ofNode = tryTo(() => explainSystemError(link));
    if (!ofNode) continue;
    // "fetch failed" says little without what lies beneath.
    const beneath = messageOf(link);
    const whole = description.includes(beneath) ? description : `${description}: ${beneath}`;
    return { code: ofNode.code, description: whole, causes, action: ofNode.action, stack };
  }
  return { description, causes, stack };
}

/** An error may throw at whatever is read of it. */
function tryTo<T>(explain: () => T): T | undefined {
  try {
    return explain();
  } catch {
    return undefined;
  }
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
  if (!isError(error)) return inspect(error);
  if (error.message !== '') return error.message;
  // Node's error of a host with several addresses is one of these.
  const parts = error instanceof AggregateError ? error.errors.slice(0, MOST_PARTS).map(messageOf) : [];
  return [...new Set(parts)].join('; ') || error.name;
}

/** A property of an error; one whose getter throws is as good as absent. */
function read<K extends 'cause' | 'stack'>(error: unknown, key: K): Error[K] | undefined {
  try {
    return isError(error) ? error[key] : undefined;
  } catch {
    return undefined;
  }
}
