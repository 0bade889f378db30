import type { AlertingRule, RecordingRule, RuleGroup } from './rule.js';

/** See `rulesYaml`. */
export function writeRules(groups: readonly RuleGroup[]): string {
  return `${['groups:', ...groups.flatMap(groupLines)].join('\n')}\n`;
}

function groupLines({ name, rules }: RuleGroup): string[] {
  return [`  - name: ${quoted(name)}`, '    rules:', ...rules.flatMap(ruleLines)];
}

function ruleLines(rule: RecordingRule | AlertingRule): string[] {
  if ('record' in rule) return [`      - record: ${quoted(rule.record)}`, ...exprLines(rule.expr)];
  return [
    `      - alert: ${quoted(rule.alert)}`,
    ...exprLines(rule.expr),
    ...(rule.for === undefined ? [] : [`        for: ${quoted(rule.for)}`]),
    ...mapLines('labels', rule.labels),
    ...mapLines('annotations', rule.annotations),
  ];
}

/** As it stands, whatever is in it; a block's lines begin where its first one does. */
function exprLines(expr: string): string[] {
  return ['        expr: |-', ...expr.split('\n').map((line) => `          ${line}`)];
}

function mapLines(name: string, map: Readonly<Record<string, string>>): string[] {
  return [
    `        ${name}:`,
    ...Object.entries(map).map(([key, value]) => `          ${quoted(key)}: ${quoted(value)}`),
  ];
}

/** What can be nothing but a text stands bare; a JSON string is one of YAML too. */
function quoted(text: string): string {
  return /^(?:[A-Za-z][\w:-]*\w|\d+[smhd])$/.test(text) && !KEYWORD.test(text) ? text : JSON.stringify(text);
}

const KEYWORD = /^(?:true|false|null|yes|no|on|off|y|n)$/i;
