import { subscribe, unsubscribe } from 'node:diagnostics_channel';

/** Hears channels of the process by their names. @returns what ends it */
export function listen<M>(listeners: Readonly<Record<string, (message: M) => unknown>>): () => void {
  const all = Object.entries(listeners).map(([channel, listener]) => {
    const hear = (message: unknown): void => void listener(message as M);
    subscribe(channel, hear);
    return () => unsubscribe(channel, hear);
  });
  return () => all.forEach((stop) => stop());
}
