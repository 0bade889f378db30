import type { StartupReport } from '@eggybyte/lifecycle';
import type { InfoReport } from '../src/info/info-endpoint.js';
import type { OverviewEvent, OverviewReport } from '../src/overview/overview-report.js';
import { ActivityList } from './activity-list.js';
import type { ConfigReport, LevelsReport, WarningsReport } from './admin-reports.js';
import { AdminSection } from './admin-section.js';
import { Announcer } from './announcer.js';
import { ChecksTable } from './checks-table.js';
import { ConfigTable } from './config-table.js';
import { byId } from './element.js';
import { Glance } from './glance.js';
import { type ConnectionState, LiveConnection } from './live-connection.js';
import { LogLevelsView } from './log-levels-view.js';
import { RoutesTable } from './routes-table.js';
import { ServiceInfo } from './service-info.js';
import { ServiceState } from './service-state.js';
import { Session } from './session.js';
import { StartupTimelineView } from './startup-timeline.js';
import { StatusHeader } from './status-header.js';
import { followTheme } from './theme.js';

const LOGGERS_INTERVAL_MS = 10_000;
const CONFIG_INTERVAL_MS = 30_000;

followTheme();
const session = new Session();
const state = new ServiceState();
const now = (): number => state.now();

const header = new StatusHeader(session.isGiven);
const announcer = new Announcer();
const glance = new Glance(byId('cards'));
const checks = new ChecksTable();
const routes = new RoutesTable();
const activity = new ActivityList();
const timeline = new StartupTimelineView();
const levels = new LogLevelsView(session, now);
const config = new ConfigTable();
const info = new ServiceInfo();

const startupSection = new AdminSection<StartupReport>(session, '/startup', 'startup', (report) => {
  waitingOn = report.waiting_on;
  timeline.show(report, now());
});
const warningsSection = new AdminSection<WarningsReport>(session, '/warnings', undefined, ({ records }) =>
  activity.showRecords(records, now()),
);
const loggersSection = new AdminSection<LevelsReport>(session, '/loggers', 'levels', (report) => levels.show(report));
const configSection = new AdminSection<ConfigReport>(session, '/config', 'config', (report) => config.show(report));
const infoSection = new AdminSection<InfoReport>(session, '/info', 'about', (report) => info.show(report));

let connection: ConnectionState = { kind: 'connecting' };
let waitingOn: readonly string[] = [];
let isScheduled = false;
let lastState: string | undefined;
let lastChange: string | undefined;

function onState(next: ConnectionState): void {
  if (next.kind === 'lost' && connection.kind !== 'lost') announcer.say('The service does not answer any more.');
  connection = next;
  header.showConnection(next);
}

function onEvent(event: OverviewEvent): void {
  const wasLost = connection.kind === 'lost';
  if (connection.kind !== 'live') onState({ kind: 'live' });
  if (wasLost) announcer.say('The service answers again.');
  const fresh = state.take(event);
  const { report } = state;
  if (!report) return;
  announcer.follow(report);
  ask(
    event,
    report,
    fresh.some(({ warnings }) => warnings > 0),
  );
  scheduleRender();
}

/** The paths beside the stream are asked when it tells that there may be something new. */
function ask({ kind }: OverviewEvent, { application, changes }: OverviewReport, hasWarnings: boolean): void {
  const change = changes[0] && `${changes[0].at} ${changes[0].name ?? ''}`;
  const isAll = kind === 'overview';
  const isMoving = application.state !== 'ready' || application.state !== lastState;
  if (isAll || isMoving) void startupSection.refresh();
  if (isAll || hasWarnings || change !== lastChange) void warningsSection.refresh();
  if (isAll) for (const section of [loggersSection, configSection, infoSection]) void section.refresh();
  lastState = application.state;
  lastChange = change;
}

/** With the next frame, which a page that nobody sees does not get. */
function scheduleRender(): void {
  if (isScheduled) return;
  isScheduled = true;
  requestAnimationFrame(render);
}

function render(): void {
  isScheduled = false;
  const { report } = state;
  if (!report) return;
  const time = now();
  header.show(report, waitingOn, time);
  glance.show(report, time);
  checks.show(report.checks, time);
  routes.show(report.routes);
  activity.showChanges(report.changes, time);
}

function every(milliseconds: number, refresh: () => void): void {
  setInterval(() => {
    if (connection.kind === 'live' && !document.hidden) refresh();
  }, milliseconds);
}

every(1000, () => {
  header.tick(now());
  levels.tick();
});
every(LOGGERS_INTERVAL_MS, () => void loggersSection.refresh());
every(CONFIG_INTERVAL_MS, () => void configSection.refresh());
byId('config-refresh').addEventListener('click', () => void configSection.refresh());
header.showConnection(connection);
void new LiveConnection(session, { onEvent, onState }).follow();
