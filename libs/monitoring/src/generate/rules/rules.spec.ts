import { describe, expect, it } from '@jest/globals';
import { ArgumentError } from '@eggybyte/errors';
import { makeRules } from './rules.js';
import { writeRules } from './rules-yaml.js';

const rules = (options?: Parameters<typeof makeRules>[0]) => makeRules(options).flatMap((group) => group.rules);
const alerts = (options?: Parameters<typeof makeRules>[0]) => rules(options).filter((rule) => 'alert' in rule);

describe('makeRules', () => {
  it.each(alerts())('$alert says what, why and what to do first', ({ alert, annotations, labels }) => {
    expect(alert).toMatch(/^Eggy[A-Z]/);
    expect(['critical', 'warning', 'info']).toContain(labels.severity);
    expect(annotations.summary.length).toBeLessThan(140);
    expect(annotations.description).toMatch(/^(?:[A-Z0-9]|\{\{).{80,}\.$/);
    expect(annotations.summary).toContain('{{ $labels.');
  });

  it('follow the goals of the service', () => {
    const exprs = rules({ availability: 0.99, latency: '250ms' })
      .map(({ expr }) => expr)
      .join('\n');

    expect(exprs).toContain('eggy:http_failures:share_1h > 0.144');
    expect(exprs).toContain('eggy:http_failures:share_6h > 0.06');
    expect(exprs).toContain('p99_rate5m > 0.25');
    expect(
      rules()
        .map(({ expr }) => expr)
        .join('\n'),
    ).toContain('eggy:http_failures:share_1h > 0.0144');
  });

  it('carry the labels that they are given, and their own severity', () => {
    const given = alerts({ labels: { team: 'shop', severity: 'none' } });

    expect(given.every(({ labels }) => labels['team'] === 'shop')).toBe(true);
    expect(given.filter(({ labels }) => labels.severity === ('none' as string))).toEqual([]);
  });

  it.each([
    { availability: 1 },
    { availability: 99.9 },
    { availability: Number.NaN },
    { latency: 0 },
    { latency: '20s' },
  ] as const)('refuse the goal %p, which no alert could tell of', (goal) => {
    expect(() => makeRules(goal)).toThrow(ArgumentError);
  });
});

describe('writeRules', () => {
  it('writes what a person reads as well', () => {
    const yaml = writeRules([
      {
        name: 'a-group',
        rules: [
          { record: 'a:b', expr: 'sum(\n  up\n)' },
          {
            alert: 'EggyOne',
            expr: 'up == 0',
            for: '5m',
            labels: { severity: 'info', team: 'no', note: 'a "b": c' },
            annotations: { summary: '{{ $value }}', description: 'Two\nlines.' },
          },
        ],
      },
    ]);

    expect(yaml.split('\n')).toEqual([
      'groups:',
      '  - name: a-group',
      '    rules:',
      '      - record: a:b',
      '        expr: |-',
      '          sum(',
      '            up',
      '          )',
      '      - alert: EggyOne',
      '        expr: |-',
      '          up == 0',
      '        for: 5m',
      '        labels:',
      '          severity: info',
      '          team: "no"',
      '          note: "a \\"b\\": c"',
      '        annotations:',
      '          summary: "{{ $value }}"',
      '          description: "Two\\nlines."',
      '',
    ]);
  });
});
