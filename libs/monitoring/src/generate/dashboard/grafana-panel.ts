import { DATA_SOURCE, type GrafanaPanel, type GrafanaTarget } from './grafana.js';
import type { PanelSpec, Thresholds } from './panel.js';

type Place = GrafanaPanel['gridPos'];
type Options = Record<string, unknown>;

/** Of these the newest value counts, so Grafana need not ask for the time before. */
const NEWEST_ONLY = new Set<PanelSpec['kind']>(['value', 'names', 'lengths']);

const TYPES = {
  value: 'stat',
  names: 'stat',
  lines: 'timeseries',
  bars: 'timeseries',
  states: 'state-timeline',
  heatmap: 'heatmap',
  lengths: 'bargauge',
} as const satisfies Record<PanelSpec['kind'], string>;

const UP_AND_DOWN = [
  {
    type: 'value',
    options: { 0: { text: 'down', color: 'red', index: 0 }, 1: { text: 'up', color: 'green', index: 1 } },
  },
];

export function grafanaPanel(spec: PanelSpec, id: number, gridPos: Place): GrafanaPanel {
  const { kind, title, description, unit, max, empty, thresholds, colors = {} } = spec;
  return {
    id,
    type: TYPES[kind],
    title,
    description,
    gridPos,
    datasource: DATA_SOURCE,
    targets: spec.queries.map((_, at) => target(spec, at)),
    fieldConfig: {
      defaults: {
        unit,
        ...(unit !== 'dateTimeFromNow' && { min: 0 }),
        ...(max !== undefined && { max }),
        ...(empty !== undefined && { noValue: empty }),
        ...(kind === 'states' && { mappings: UP_AND_DOWN }),
        color: { mode: colorMode(kind) },
        thresholds: { mode: 'absolute', steps: stepsOf(thresholds) },
        custom: customOf(spec),
      },
      overrides: Object.entries(colors).map(([name, color]) => ({
        matcher: { id: 'byName', options: name },
        properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
      })),
    },
    options: optionsOf(kind),
  };
}

function target({ kind, queries }: PanelSpec, at: number): GrafanaTarget {
  const { vector, legend } = queries[at]!;
  const isInstant = NEWEST_ONLY.has(kind);
  return {
    refId: String.fromCodePoint('A'.codePointAt(0)! + at),
    datasource: DATA_SOURCE,
    editorMode: 'code',
    expr: vector.text,
    legendFormat: legend,
    instant: isInstant,
    range: !isInstant,
    ...(kind === 'heatmap' && { format: 'heatmap' }),
  };
}

function colorMode(kind: PanelSpec['kind']): string {
  if (kind === 'lines' || kind === 'bars') return 'palette-classic';
  return kind === 'lengths' ? 'continuous-BlPu' : 'thresholds';
}

function stepsOf([base, ...rest]: Thresholds = ['blue']): Options[] {
  return [{ color: base, value: null }, ...rest.map(([value, color]) => ({ color, value }))];
}

function customOf({ kind, thresholds }: PanelSpec): Options {
  if (kind !== 'lines' && kind !== 'bars') return {};
  return {
    drawStyle: kind === 'bars' ? 'bars' : 'line',
    fillOpacity: kind === 'bars' ? 80 : 8,
    lineWidth: 1,
    showPoints: 'never',
    stacking: { mode: kind === 'bars' ? 'normal' : 'none' },
    thresholdsStyle: { mode: thresholds ? 'dashed' : 'off' },
  };
}

function optionsOf(kind: PanelSpec['kind']): Options {
  const reduceOptions = { calcs: ['lastNotNull'], fields: '', values: false };
  switch (kind) {
    case 'value':
      return { reduceOptions, colorMode: 'background', graphMode: 'none', textMode: 'value' };
    case 'names':
      return { reduceOptions, colorMode: 'background', graphMode: 'none', textMode: 'value_and_name' };
    case 'lengths':
      return { reduceOptions, displayMode: 'basic', orientation: 'horizontal', showUnfilled: true };
    case 'states':
      return { mergeValues: true, showValue: 'never', rowHeight: 0.8, legend: legendWith([]) };
    case 'heatmap':
      return {
        calculate: false,
        cellGap: 1,
        color: { mode: 'scheme', scheme: 'Oranges', fill: 'dark-orange', exponent: 0.5, steps: 64, reverse: false },
        yAxis: { unit: 's' },
        tooltip: { mode: 'single', yHistogram: true },
      };
    case 'lines':
    case 'bars':
      return {
        legend: legendWith(['lastNotNull', 'max']),
        tooltip: { mode: 'multi', sort: 'desc' },
      };
  }
}

/** @param calcs values beside the names; none is no legend */
function legendWith(calcs: readonly string[]): Options {
  return { displayMode: 'table', placement: 'bottom', showLegend: calcs.length > 0, calcs };
}
