import type { LogFn, Logger } from 'pino';
import type { RecordGuard } from './record-guard.js';
import type { RecordWatch } from './record-watch.js';
import { namesOf } from './safe-fields.js';

/** Whether the records of a logger have a `context` already, from its own bindings or its parents'. */
const HAS_CONTEXT = Symbol('eggybyte:logging:has-context');

/** The part of a pino logger that is guarded; pino's own types of it are generic in custom levels. */
interface Guarded {
  [HAS_CONTEXT]?: boolean;
  child: (this: Guarded, bindings: object, options?: object) => Guarded;
  setBindings: (this: Guarded, bindings: object) => void;
}

/** pino's hook around every log method: a log call never throws. */
export function guardedMethod(guard: RecordGuard, watch: RecordWatch) {
  return function logMethod(this: Logger, given: Parameters<LogFn>, method: LogFn, level: number): void {
    try {
      const safe = guard.arguments(given, (this as Guarded)[HAS_CONTEXT] === true);
      if (watch.admits(this, level, safe)) method.apply(this, safe);
    } catch {
      // The destination threw: there is nowhere left to tell.
    }
  };
}

/** Bindings of children become text once, past every hook of pino, so they are guarded where they come in. */
export function guardChildren(root: Logger, guard: RecordGuard): void {
  const guarded = root as Guarded;
  const { child, setBindings } = guarded;
  guarded.child = function guardedChild(bindings, options) {
    const taken = { msg: true, context: this[HAS_CONTEXT] === true };
    const made = child.call(this, guard.fields(bindings, taken), options);
    if (namesOf(bindings).includes('context')) made[HAS_CONTEXT] = true;
    return made;
  };
  guarded.setBindings = function guardedBindings(bindings) {
    setBindings.call(this, guard.fields(bindings));
  };
}
