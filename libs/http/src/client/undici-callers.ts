import { activeTrace, outsideContext, requestContext } from '@eggybyte/observability';

interface Handler {
  runInAsyncScope?(work: () => void): void;
}

/** What dispatches the request of somebody else; above it what puts its context right, as undici 8 does for its queue. */
const LATE = /\bonDrain\b|\b(?:Redirect|Retry)Handler\b/;
const RESTORED = 'runInAsyncScope';
/** From here to undici's queue, with some interceptors between. */
const DEPTH = 20;

/**
 * Knows in which context a request of undici was asked for. It is the running one when the request is made at once. One
 * that waits in a pool, is redirected or is repeated is made in the context of another: who opened the connection, or who
 * is done with it.
 */
export class UndiciCallers {
  readonly #seen = new WeakSet<Handler>();

  /** Runs `work` in the context of the caller; outside of any where that cannot be found. */
  run(request: object, work: () => void): void {
    const handler = handlerOf(request);
    const isAgain = handler !== undefined && this.#seen.has(handler);
    if (handler) this.#seen.add(handler);
    // Methods such as undici's `request` are asynchronous resources, made where they are called; fetch has none.
    if (typeof handler?.runInAsyncScope === 'function') handler.runInAsyncScope(work);
    else if ((requestContext() ?? activeTrace()) && (isAgain || isLate())) outsideContext(work);
    else work();
  }
}

function handlerOf(request: object): Handler | undefined {
  const key = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler');
  return key && (request as Record<symbol, Handler | undefined>)[key];
}

/** No channel tells it, but the stack does. */
function isLate(): boolean {
  for (const site of callSites()) {
    const name = `${site.getTypeName() ?? ''}.${site.getFunctionName() ?? ''}`;
    if (name.endsWith(RESTORED)) return false;
    if (LATE.test(name)) return true;
  }
  return false;
}

/** Without the text of a stack, which costs more, with source maps by far. */
function callSites(): NodeJS.CallSite[] {
  const { stackTraceLimit } = Error;
  const prepareStackTrace: unknown = Reflect.get(Error, 'prepareStackTrace');
  Error.stackTraceLimit = DEPTH;
  Error.prepareStackTrace = (_, sites) => sites;
  const { stack } = new Error('here') as { stack?: unknown };
  Object.assign(Error, { stackTraceLimit, prepareStackTrace });
  return stack as NodeJS.CallSite[];
}
