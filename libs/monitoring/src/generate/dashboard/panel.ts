import type { Vector } from '../promql/vector.js';

/** Grafana's names. */
export type Unit = 'short' | 'none' | 's' | 'bytes' | 'percentunit' | 'reqps' | 'ops' | 'dateTimeFromNow';

/** A query and how its series are called. */
export interface Query {
  readonly vector: Vector<string>;
  readonly legend: string;
}

/** From which value on which colour; the first one is below all. */
export type Thresholds = readonly [base: string, ...(readonly [from: number, color: string])[]];

/** What a panel says, as rows write it down. */
export interface PanelSpec {
  /**
   * `value`: the newest value, big; `names`: the legend of each series, with its value; `lines`; `bars`, stacked;
   * `states`: up or down over time; `heatmap`: of buckets; `lengths`: a bar for each series.
   */
  readonly kind: 'value' | 'names' | 'lines' | 'bars' | 'states' | 'heatmap' | 'lengths';
  readonly title: string;
  /** What it means, and what to do when it is bad. */
  readonly description: string;
  readonly unit: Unit;
  /** Of 24. */
  readonly width: number;
  readonly queries: readonly Query[];
  readonly thresholds?: Thresholds;
  /** Colours of series by their legend. */
  readonly colors?: Readonly<Record<string, string>>;
  /** Told where there is no series. */
  readonly empty?: string;
  readonly max?: number;
}

/** A line of panels under a title. */
export interface RowSpec {
  readonly title: string;
  /** Whether it is opened by who needs it; what is closed asks nothing. */
  readonly closed?: boolean;
  readonly panels: readonly PanelSpec[];
}

/** A query whose series are called by these labels. */
export function by<L extends string>(vector: Vector<L>, ...labels: readonly L[]): Query {
  return { vector, legend: labels.map((label) => `{{${label}}}`).join(' ') };
}

/** A query of one series, or of some that are called alike but for these labels. */
export function named<L extends string>(legend: string, vector: Vector<L>, ...labels: readonly L[]): Query {
  return { vector, legend: [legend, ...labels.map((label) => `{{${label}}}`)].join(' ') };
}
