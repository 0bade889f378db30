import { fold, over } from '../promql/operations.js';
import { Sources } from '../promql/sources.js';
import { Vector } from '../promql/vector.js';

/** Every target. */
export const all = new Sources();

type InfoLabel = 'service' | 'environment';

/** What tells one service from another. A scrape that sets no namespace leaves it out. */
const WHICH = ['namespace', 'job', 'service', 'environment'] as const;

export type ServiceLabel = (typeof WHICH)[number];

/**
 * Gives each series the service that its target is, so that also where one job scrapes many services each has its own
 * alerts. A target that is scraped no more is part of none.
 */
export function ofService<L extends string>(vector: Vector<L>): Vector<L | InfoLabel> {
  return join(vector, all.plain('eggy_app_info').text);
}

/** Like {@link ofService}, for targets that may have failed to answer since, and whatever version they were of. */
export function ofPastService<L extends string>(vector: Vector<L>, window: string): Vector<L | InfoLabel> {
  const past = over('last_over_time', all.plain('eggy_app_info'), window);
  return join(vector, fold('max', past, ['job', 'instance', 'service', 'environment']).text);
}

/** One series for each service, and by these labels. */
export function perService<L extends string, B extends L = never>(
  name: 'sum' | 'max' | 'count',
  vector: Vector<L>,
  ...labels: readonly B[]
): Vector<ServiceLabel | B> {
  return fold(name, ofService(vector) as Vector<ServiceLabel | B>, [...WHICH, ...labels]);
}

/** Services that tell, or have told, of themselves. */
export function servicesIn(window?: string): Vector<ServiceLabel> {
  const info = all.plain('eggy_app_info');
  return fold('group', window === undefined ? info : over('last_over_time', info, window), WHICH);
}

function join<L extends string>(vector: Vector<L>, info: string): Vector<L | InfoLabel> {
  return new Vector(`${vector.inside}\n* on (job, instance) group_left (service, environment) ${info}`, true);
}
