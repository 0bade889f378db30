import type { KubeFailure } from './kube-failure.js';

/**
 * Runs `work` with a signal that is aborted by `parent`, or with `failure` after `ms`. Once it is aborted, its reason
 * is what this rejects with, whatever `work` made of it.
 */
export async function within<T>(
  ms: number,
  failure: KubeFailure,
  parent: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  // AbortSignal.any would leave a trace in `parent`, which lives as long as the process.
  const own = new AbortController();
  const end = () => own.abort(parent.reason);
  const timer = setTimeout(() => own.abort(failure), ms);
  parent.addEventListener('abort', end, { once: true });
  try {
    parent.throwIfAborted();
    return await work(own.signal);
  } catch (error) {
    throw own.signal.aborted ? own.signal.reason : error;
  } finally {
    clearTimeout(timer);
    parent.removeEventListener('abort', end);
  }
}
