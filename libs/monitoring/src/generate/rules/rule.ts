import { Series, type Vector } from '../promql/vector.js';

/** A group of rules; those of one group are evaluated in their order. */
export interface RuleGroup {
  name: string;
  rules: (RecordingRule | AlertingRule)[];
}

export interface RecordingRule {
  record: string;
  expr: string;
}

/**
 * `critical`: somebody has to look now; `warning`: at working hours; `info`: when it suits.
 */
export type AlertSeverity = 'critical' | 'warning' | 'info';

export interface AlertingRule {
  alert: string;
  expr: string;
  for?: string;
  labels: { severity: AlertSeverity; [label: string]: string };
  annotations: { summary: string; description: string };
}

/** A rule whose result is stored, and the series that it makes. */
export interface Recording<L extends string> {
  rule: RecordingRule;
  series: Series<L>;
}

export function recording<L extends string>(name: string, vector: Vector<L>): Recording<L> {
  return { rule: { record: name, expr: vector.text }, series: new Series(name) };
}

/** Texts of an alert; `label` puts a label of what fires in. */
type Text<L extends string> = (label: (name: L) => string) => string;

export interface AlertSpec<L extends string> {
  /** What it is called, and what its documentation is found by. */
  name: `Eggy${string}`;
  /** It fires for each series that there is. */
  vector: Vector<L>;
  /** How long there has to be one. @default it fires at once */
  lasting?: string;
  severity: AlertSeverity;
  /** Labels that tell it from others of its name. */
  labels?: Readonly<Record<string, string>>;
  /** What, in a line. */
  summary: Text<L>;
  /** Why, and what to do first. */
  description: Text<L>;
}

export function alert<L extends string>(spec: AlertSpec<L>): AlertingRule {
  const { name, vector, lasting, severity, labels, summary, description } = spec;
  const label = (of: L) => `{{ $labels.${of} }}`;
  return {
    alert: name,
    expr: vector.text,
    ...(lasting !== undefined && { for: lasting }),
    labels: { severity, ...labels },
    annotations: { summary: summary(label), description: description(label) },
  };
}

/** The value of what fires. */
export const VALUE = '{{ $value | humanize }}';
export const SHARE = '{{ $value | humanizePercentage }}';
export const DURATION = '{{ $value | humanizeDuration }}';
