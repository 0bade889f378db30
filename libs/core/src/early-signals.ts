// Imports nothing: it is loaded before everything else.

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Nothing has been started yet, so there is nothing to stop. */
function leave(): void {
  process.exit(0);
}

/** Ends the process on a signal until an application takes over. */
export function listenEarly(): void {
  for (const signal of SIGNALS) process.on(signal, leave);
}

/** Somebody else listens now. To be called when that is so: Node drops a signal that nobody listens to. */
export function endEarly(): void {
  for (const signal of SIGNALS) process.off(signal, leave);
}
