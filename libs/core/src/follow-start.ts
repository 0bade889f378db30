import type { EggyRuntime } from './runtime.js';

const EVERY_MS = 10_000;

/**
 * Tells every ten seconds what a start waits on, as nothing else would tell while it hangs, and leaves the record of
 * its failure to whoever has asked for it; until the result is disposed of.
 */
export function followStart({ launcher, logger, nestLogger }: EggyRuntime): Disposable {
  const began = performance.now();
  const failures = nestLogger.leaveFailuresOfStart();
  const timer = setInterval(() => {
    const tookMs = Math.round(performance.now() - began);
    logger.warn({ context: 'Bootstrap', waiting_on: launcher.waits.list(), took_ms: tookMs }, 'still starting');
  }, EVERY_MS).unref();
  return {
    [Symbol.dispose]: () => {
      clearInterval(timer);
      failures[Symbol.dispose]();
    },
  };
}
