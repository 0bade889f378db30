import { OVERFLOW } from './series-cap.js';

type Labels = Readonly<Record<string, string>>;

/** The key under which prom-client keeps a series: https://github.com/siimon/prom-client/blob/v15.1.3/lib/util.js */
export function keyOf(labels: Labels): string {
  return keyOfAll(labels, (name) => labels[name]);
}

/** That of the series for all beyond the cap. */
export function overflowKeyOf(labels: Labels): string {
  return keyOfAll(labels, () => OVERFLOW);
}

function keyOfAll(labels: Labels, valueOf: (name: string) => string | undefined): string {
  const names = Object.keys(labels).toSorted();
  return names.map((name) => `${name}:${valueOf(name)},`).join('');
}
