import { types } from 'node:util';
import { isObservable, type Observable, tap } from 'rxjs';

/** Context and span of a call whose work goes on after it. */
export interface WorkScope {
  /** Runs a part of the work in the context. */
  enter<R>(part: () => R): R;
  /** Only the first call counts. */
  end(): void;
  fail(error: unknown): void;
}

export type Lazy = Generator | AsyncGenerator | Observable<unknown>;

/** Whether the work of a call only begins when somebody asks for what it gave back. */
export function isLazy(result: unknown): result is Lazy {
  if (typeof result !== 'object' || result === null) return false;
  return types.isGeneratorObject(result) || isObservable(result);
}

/** The same to whoever uses it, and each part of its work runs in the scope. */
export function inScope(lazy: Lazy, scope: WorkScope): Lazy {
  if (isObservable(lazy)) return subscribedIn(lazy, scope);
  for (const name of ['next', 'return', 'throw'] as const) stepIn(lazy, name, scope);
  return lazy;
}

type Result = IteratorResult<unknown>;

/** Replaces a method of this one generator: it stays what for-of, yield* and the helpers of iterators take. */
function stepIn(generator: Generator | AsyncGenerator, name: 'next' | 'return' | 'throw', scope: WorkScope): void {
  const step = generator[name].bind(generator) as (...given: unknown[]) => Result | Promise<Result>;
  const stepped = (result: Result): Result => {
    if (result.done) scope.end();
    return result;
  };
  const failed = (error: unknown): never => {
    scope.fail(error);
    throw error;
  };
  const value = (...given: unknown[]): Result | Promise<Result> => {
    try {
      const result = scope.enter(() => step(...given));
      return result instanceof Promise ? result.then(stepped, failed) : stepped(result);
    } catch (error) {
      return failed(error);
    }
  };
  Object.defineProperty(generator, name, { value, configurable: true, writable: true });
}

/** A view, as an Observable may be handed to others too, who subscribe to it without this scope; a subject stays one. */
function subscribedIn(observable: Observable<unknown>, scope: WorkScope): Observable<unknown> {
  const followed = observable.pipe(tap({ error: (error) => scope.fail(error), finalize: () => scope.end() }));
  const subscribe: Observable<unknown>['subscribe'] = (...observer: unknown[]) =>
    scope.enter(() => followed.subscribe(...(observer as [])));
  return new Proxy(observable, {
    get: (target, key) => (key === 'subscribe' ? subscribe : (Reflect.get(target, key, target) as unknown)),
  });
}
