import type { EggyRuntime } from './runtime.js';

const EVERY_MS = 10_000;

/** Tells every ten seconds what a start waits on, until it is disposed of: nothing else would tell while it hangs. */
export function tellSlowStart({ launcher, logger }: EggyRuntime): Disposable {
  const began = performance.now();
  const timer = setInterval(() => {
    const tookMs = Math.round(performance.now() - began);
    logger.warn({ context: 'Bootstrap', waiting_on: launcher.waits.list(), took_ms: tookMs }, 'still starting');
  }, EVERY_MS).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}
