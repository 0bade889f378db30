/** A dashboard in Grafana's JSON, of version 10 and newer. */
export interface GrafanaDashboard {
  uid: string;
  title: string;
  description: string;
  tags: string[];
  schemaVersion: number;
  editable: boolean;
  graphTooltip: number;
  refresh: string;
  time: { from: string; to: string };
  templating: { list: Record<string, unknown>[] };
  annotations: { list: Record<string, unknown>[] };
  panels: GrafanaPanel[];
}

/** A panel, or a row, which has panels of its own while it is collapsed. */
export interface GrafanaPanel {
  id: number;
  type: string;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  description?: string;
  targets?: GrafanaTarget[];
  panels?: GrafanaPanel[];
  [option: string]: unknown;
}

/** A query of a panel. */
export interface GrafanaTarget {
  refId: string;
  expr: string;
  [option: string]: unknown;
}

/** The data source that the dashboard's reader picks. */
export const DATA_SOURCE = { type: 'prometheus', uid: '${datasource}' };
