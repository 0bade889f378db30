import type { GrafanaPanel } from './grafana.js';
import { grafanaPanel } from './grafana-panel.js';
import type { PanelSpec, RowSpec } from './panel.js';

const COLUMNS = 24;
const LOW = 4;
const HIGH = 8;

/** Puts rows below each other and their panels side by side, and numbers all of them. */
export function grafanaPanels(rows: readonly RowSpec[]): GrafanaPanel[] {
  let id = 0;
  let y = 0;
  return rows.flatMap(({ title, closed = false, panels }) => {
    const row: GrafanaPanel = {
      id: ++id,
      type: 'row',
      title,
      collapsed: closed,
      gridPos: { x: 0, y: y++, w: COLUMNS, h: 1 },
      panels: [],
    };
    const below = y;
    let x = 0;
    let height = 0;
    const inside = panels.map((spec) => {
      if (x + spec.width > COLUMNS) {
        x = 0;
        y += height;
      }
      height = heightOf(spec);
      const panel = grafanaPanel(spec, ++id, { x, y, w: spec.width, h: height });
      x += spec.width;
      return panel;
    });
    y = closed ? below : y + height;
    return closed ? [{ ...row, panels: inside }] : [row, ...inside];
  });
}

/** Those of one line are alike. */
function heightOf({ kind }: PanelSpec): number {
  return kind === 'value' || kind === 'names' ? LOW : HIGH;
}
