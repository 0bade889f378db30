import type { InputSeries } from './rule-series.js';

/** `fires` at the minute; `stays silent` all the time until then; `ends`: has fired, and does so no more. */
export type Outcome = 'fires' | 'stays silent' | 'ends';

/** What an alert is told, and what it does. */
export interface RuleCase {
  alert: string;
  /** Labels of that one, where there are several of its name. */
  labels: Record<string, string>;
  outcome: Outcome;
  when: string;
  series: InputSeries[];
  /** Minutes after the first sample. */
  at: number;
  /** What its reader is told. @default not looked at */
  summary?: string;
}

type Part = Pick<RuleCase, 'when' | 'series' | 'at' | 'summary'>;

interface Parts {
  labels?: Record<string, string>;
  fires: Part[];
  silent: Part[];
  ends?: Part[];
}

/** The cases of one alert. */
export function casesOf(alert: string, { labels = {}, fires, silent, ends = [] }: Parts): RuleCase[] {
  const of = (outcome: Outcome) => (part: Part) => ({ alert, labels, outcome, ...part });
  return [...fires.map(of('fires')), ...silent.map(of('stays silent')), ...ends.map(of('ends'))];
}
