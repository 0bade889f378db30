/** What of a process outlives its applications, if they leave something: handles that are open, listeners. */
export function leftovers(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) counts[name] = (counts[name] ?? 0) + 1;
  for (const event of process.eventNames()) counts[`on ${String(event)}`] = process.listenerCount(event);
  return counts;
}

/** The part of `now` that was not there before. */
export function added(before: Record<string, number>, now: Record<string, number>): Record<string, number> {
  const more = Object.entries(now).filter(([name, count]) => count > (before[name] ?? 0));
  return Object.fromEntries(more.map(([name, count]) => [name, count - (before[name] ?? 0)]));
}
