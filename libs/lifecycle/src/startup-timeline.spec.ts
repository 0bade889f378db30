import { describe, expect, it } from '@jest/globals';
import { EggyError } from '@eggybyte/errors';
import { Launcher } from './launcher.js';
import { StartupTimeline } from './startup-timeline.js';

class LidError extends EggyError {
  constructor() {
    super('EGGY_TEST_LID', { what: 'The lid is stuck', why: 'the password is egg', fix: 'thaw it' });
  }
}

const NOTHING = async (): Promise<void> => undefined;
const names = (steps: { name: string; status: string }[]) => steps.map(({ name, status }) => `${name} ${status}`);

describe('StartupTimeline', () => {
  it('tells what has happened since the first phase, though it comes late', async () => {
    const launcher = new Launcher();
    launcher.events.phaseSync('configuration', () => undefined);
    launcher.events.emit({ kind: 'providers.created', slowest: [{ name: 'provider `Pool`', tookMs: 12.345 }] });
    await launcher.events.phase('execute initializers', () => launcher.initialize('database', '1s', NOTHING, NOTHING));
    launcher.addService({ start: NOTHING, stop: NOTHING }, { name: 'orders' });
    await launcher.events.phase('start services', () => launcher.startServices());
    launcher.markReady();
    const timeline = new StartupTimeline(launcher);

    const report = timeline.report();
    expect(report).toMatchObject({ state: 'ready', waiting_on: [], states: [{ state: 'ready' }] });
    expect(names(report.phases)).toEqual([
      'configuration finished',
      'execute initializers finished',
      'start services finished',
      'running running',
    ]);
    expect(names([...report.initializers, ...report.services])).toEqual(['database finished', 'orders started']);
    expect(report.providers).toEqual([{ name: 'provider `Pool`', took_ms: 12.3 }]);
    expect(Date.now() - Date.parse(report.started_at)).toBeLessThan(60_000);
    const times = report.phases.map(({ at_ms }) => at_ms);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(times[0]).toBe(0);
    expect(report.ready_after_ms).toBeGreaterThanOrEqual(times.at(-2) ?? 0);

    await launcher.close();
    const after = timeline.report();
    expect(names([...after.initializers, ...after.services])).toEqual(['database stopped', 'orders stopped']);
    expect(after.states.map(({ state }) => state)).toEqual(['ready', 'draining', 'stopping', 'stopped']);
    expect(JSON.parse(JSON.stringify(after))).toEqual(after);
  });

  it('tells what is waited on while it starts', async () => {
    const launcher = new Launcher();
    const timeline = new StartupTimeline(launcher);
    const { promise, resolve } = Promise.withResolvers<void>();
    const running = launcher.initialize('index', '1s', () => promise);
    expect(timeline.report()).toMatchObject({ state: 'starting', waiting_on: ['initializer `index`'] });
    expect(timeline.report()).not.toHaveProperty('ready_after_ms');
    expect(names(timeline.report().initializers)).toEqual(['index running']);
    resolve();
    await running;
  });

  it('tells a failure by its code or class, never by its message', async () => {
    const launcher = new Launcher();
    const timeline = new StartupTimeline(launcher);
    await launcher.initialize('known', '1s', () => Promise.reject(new LidError())).catch(() => undefined);
    await launcher.events
      .phase('start services', () => Promise.reject(new RangeError('the password is egg')))
      .catch(() => undefined);
    await launcher.events.phase('running', () => Promise.reject('text')).catch(() => undefined);

    const { initializers, phases } = timeline.report();
    expect([...initializers, ...phases].map(({ status, error }) => [status, error])).toEqual([
      ['failed', 'EGGY_TEST_LID'],
      ['failed', 'RangeError'],
      ['failed', 'string'],
    ]);
    expect(JSON.stringify(timeline.report())).not.toContain('password');
  });

  it('keeps two of one name apart', async () => {
    const launcher = new Launcher();
    const timeline = new StartupTimeline(launcher);
    await launcher.initialize('cache', '1s', NOTHING);
    await launcher.initialize('cache', '1s', () => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(names(timeline.report().initializers)).toEqual(['cache finished', 'cache failed']);
  });
});
