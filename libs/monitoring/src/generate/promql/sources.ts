import type { KnownHistogram, KnownLabels, KnownPlain, TargetLabel } from './known-metrics.js';
import { Series } from './vector.js';

/** What a label has to be: this value, or what a matcher says. */
export type Condition = string | Matcher;

export type Conditions<L extends string> = { readonly [label in L]?: Condition };

class Matcher {
  constructor(
    readonly operator: '!=' | '=~' | '!~',
    readonly value: string,
  ) {}
}

export const not = (value: string): Matcher => new Matcher('!=', value);
/** A regular expression, which has to match the whole value. */
export const like = (pattern: string): Matcher => new Matcher('=~', pattern);
export const unlike = (pattern: string): Matcher => new Matcher('!~', pattern);

/** The stored series of known metrics, of all targets or of those that meet conditions. */
export class Sources {
  constructor(private readonly targets: Conditions<TargetLabel> = {}) {}

  /** A counter or a gauge. */
  plain<N extends KnownPlain>(name: N, where: Conditions<KnownLabels<N>> = {}): Series<KnownLabels<N>> {
    return this.#select(name, where);
  }

  /** How often a histogram has observed. */
  count<N extends KnownHistogram>(name: N, where: Conditions<KnownLabels<N>> = {}): Series<KnownLabels<N>> {
    return this.#select(`${name}_count`, where);
  }

  /** What a histogram has observed, added up. */
  sum<N extends KnownHistogram>(name: N, where: Conditions<KnownLabels<N>> = {}): Series<KnownLabels<N>> {
    return this.#select(`${name}_sum`, where);
  }

  /** How often a histogram has observed at most `le`. */
  buckets<N extends KnownHistogram>(name: N, where: Conditions<KnownLabels<N>> = {}): Series<KnownLabels<N> | 'le'> {
    return this.#select(`${name}_bucket`, where);
  }

  #select<L extends string>(name: string, where: object): Series<L> {
    const conditions = Object.entries<Condition>({ ...this.targets, ...where }).map(([label, condition]) =>
      typeof condition === 'string'
        ? `${label}=${JSON.stringify(condition)}`
        : `${label}${condition.operator}${JSON.stringify(condition.value)}`,
    );
    return new Series(conditions.length === 0 ? name : `${name}{${conditions.join(',')}}`);
  }
}
