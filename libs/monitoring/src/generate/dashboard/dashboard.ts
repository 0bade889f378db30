import { times } from '../promql/operations.js';
import { like, Sources } from '../promql/sources.js';
import type { Series } from '../promql/vector.js';
import { resolveGoals, type ServiceGoals } from '../service-goals.js';
import { DATA_SOURCE, type GrafanaDashboard } from './grafana.js';
import { grafanaPanels } from './grid.js';
import { cacheRow } from './rows/cache.js';
import { databaseRow } from './rows/database.js';
import { glanceRow } from './rows/glance.js';
import { healthRow } from './rows/health.js';
import { httpRow, outgoingRow } from './rows/http-rows.js';
import { runtimeRow } from './rows/runtime.js';
import { configurationRow, telemetryRow } from './rows/telemetry.js';
import { shown } from './shown.js';

export interface DashboardOptions extends ServiceGoals {
  /** @default "EggyByte service" */
  title?: string;
  /** What Grafana knows the dashboard by; an import replaces the one that has it. @default "eggybyte-service" */
  uid?: string;
}

/** That of Grafana 10; later ones read it and write their own. */
const SCHEMA_VERSION = 38;
const everywhere = new Sources();
const DESCRIPTION = 'One service of EggyByte Core: whether it works, since when it does not, and which part of it.';

/** See `grafanaDashboard`. */
export function makeDashboard(options: DashboardOptions = {}): GrafanaDashboard {
  const { title = 'EggyByte service', uid = 'eggybyte-service', ...wanted } = options;
  const goals = resolveGoals(wanted);
  const rows = [
    glanceRow(goals),
    httpRow(goals),
    healthRow,
    runtimeRow,
    databaseRow,
    cacheRow,
    outgoingRow,
    telemetryRow,
    configurationRow,
  ];
  return {
    uid,
    title,
    description: DESCRIPTION,
    tags: ['eggybyte'],
    schemaVersion: SCHEMA_VERSION,
    editable: true,
    graphTooltip: 1,
    refresh: '30s',
    time: { from: 'now-1h', to: 'now' },
    templating: { list: variables() },
    annotations: { list: [starts()] },
    panels: grafanaPanels(rows),
  };
}

const info = (where: Parameters<typeof everywhere.plain<'eggy_app_info'>>[1] = {}) =>
  everywhere.plain('eggy_app_info', where);

function variables(): Record<string, unknown>[] {
  const service = '$service';
  return [
    { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1 },
    variable('Service', info(), 'service'),
    variable('Job', info({ service }), 'job', true),
    variable('Instance', info({ service, job: like('$job') }), 'instance', true),
  ];
}

/** Of several values are chosen, in the beginning, all that the query gives: only those of the service. */
function variable<L extends string>(label: string, series: Series<L>, of: L, isMany = false): Record<string, unknown> {
  const query = `label_values(${series.text}, ${of})`;
  return {
    name: of,
    label,
    type: 'query',
    datasource: DATA_SOURCE,
    definition: query,
    query: { query, refId: of },
    refresh: 2,
    sort: 1,
    multi: isMany,
    includeAll: isMany,
    ...(isMany && { current: { selected: true, text: ['All'], value: ['$__all'] } }),
  };
}

/** Each start of an instance is a line through all charts. */
function starts(): Record<string, unknown> {
  return {
    name: 'Starts',
    datasource: DATA_SOURCE,
    enable: true,
    iconColor: 'orange',
    expr: times(shown.plain('process_start_time_seconds'), 1000).text,
    useValueForTime: true,
    titleFormat: 'Start of {{instance}}',
    step: '60s',
  };
}
