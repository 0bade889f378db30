import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Initializer, Service } from './contracts.js';
import type { LauncherEvent } from './launcher-events.js';
import { Launcher } from './launcher.js';

class Index implements Initializer {
  async init(): Promise<void> {}
  async close(): Promise<void> {}
}
class Orders implements Service {
  async start(): Promise<void> {}
  async stop(): Promise<void> {}
}

/** One line for an event, without what differs from run to run. */
function line(event: LauncherEvent): string {
  switch (event.kind) {
    case 'state.changed':
      return `${event.from} > ${event.to}`;
    case 'drain.started':
      return `drain.started ${event.reason} ${event.inflight}`;
    case 'stop.failed':
      return `stop.failed ${String(event.error)}`;
    case 'phase.started':
    case 'phase.finished':
    case 'phase.failed':
      return `${event.kind} ${event.phase}`;
    case 'hook.failed':
    case 'providers.created':
      return event.kind;
    case 'initializer.started':
    case 'initializer.finished':
    case 'initializer.failed':
    case 'initializer.closed':
    case 'service.starting':
    case 'service.started':
    case 'service.failed':
    case 'service.finished':
    case 'service.crashed':
    case 'service.stopped':
      return `${event.kind} ${event.name}`;
  }
}

describe('Launcher', () => {
  let launcher: Launcher;
  let told: string[];

  beforeEach(() => {
    use(new Launcher());
  });
  afterEach(() => void jest.restoreAllMocks());

  function use(one: Launcher): void {
    launcher = one;
    told = [];
    launcher.events.onEvent((event) => void told.push(line(event)));
  }
  async function start(): Promise<void> {
    await launcher.runInitializers();
    await launcher.startServices();
    launcher.markReady();
  }

  it('tells the story of an application from start to stop', async () => {
    await launcher.initialize(
      'database',
      '1s',
      async () => 'pool',
      async () => undefined,
    );
    launcher.addInitializer(new Index()).addService(new Orders()).addService(new Orders(), { name: 'Parcels' });
    launcher.addServer({ inflight: 3, beginDrain: () => undefined, finish: async () => [] });

    await start();
    expect(launcher.state).toBe('ready');
    await launcher.drain('SIGTERM');
    await launcher.stopServices();
    await Promise.all([launcher.close(), launcher.close()]);

    expect(told).toEqual([
      'initializer.started database',
      'initializer.finished database',
      'initializer.started Index',
      'initializer.finished Index',
      'service.starting Orders',
      'service.starting Parcels',
      'service.started Orders',
      'service.started Parcels',
      'starting > ready',
      'phase.started running',
      'ready > draining',
      'phase.started graceful shutdown',
      'drain.started SIGTERM 3',
      'draining > stopping',
      'service.stopped Parcels',
      'service.stopped Orders',
      'initializer.closed Index',
      'initializer.closed database',
      'stopping > stopped',
      'phase.finished graceful shutdown',
    ]);
    expect(launcher.failures).toEqual([]);
  });

  it('brings the earlier steps along, with the reason, when it is only closed', async () => {
    use(new Launcher({ drainDelay: 10 }));
    launcher.addService(new Orders());
    await start();
    const began = performance.now();

    await launcher.close('the test is over');

    expect(told).toContain('drain.started the test is over 0');
    expect(told).toContain('service.stopped Orders');
    expect(performance.now() - began).toBeGreaterThanOrEqual(9);
    expect(launcher.state).toBe('stopped');
  });

  it('runs initializers one by one, by order, equal ones as they were added', async () => {
    const runs: string[] = [];
    const initializer = (name: string): Initializer => ({
      init: async () => {
        runs.push(`${name} begins`);
        await nextTurn();
        runs.push(`${name} ends`);
      },
    });
    launcher
      .addInitializer(initializer('late'), { order: 5, name: 'late' })
      .addInitializer(initializer('a'), { name: 'a' })
      .addInitializer(initializer('b'), { name: 'b' })
      .addInitializer(initializer('early'), { order: -5, name: 'early' });

    await launcher.runInitializers();

    expect(runs.filter((run) => run.endsWith('begins'))).toEqual([
      'early begins',
      'a begins',
      'b begins',
      'late begins',
    ]);
    expect(runs.filter((_, at) => at % 2 === 1).every((run) => run.endsWith('ends'))).toBe(true);
  });

  it('tells nothing of the close of an initializer that has none', async () => {
    launcher.addInitializer({ init: async () => undefined }, { name: 'licence' });
    await start();

    await launcher.close();

    expect(told).not.toContain('initializer.closed licence');
  });

  it('has the outcome of the first call when a part of the start is asked for again', async () => {
    let inits = 0;
    let starts = 0;
    launcher.addInitializer({ init: async () => void inits++ });
    launcher.addService({ start: async () => void starts++, stop: async () => undefined });

    await start();
    await Promise.all([launcher.runInitializers(), launcher.startServices()]);

    expect([inits, starts]).toEqual([1, 1]);
    use(new Launcher());
    const error = new Error('no index');
    launcher.addInitializer({ init: () => Promise.reject(error) });
    await expect(launcher.runInitializers()).rejects.toMatchObject({ cause: error });
    await expect(launcher.runInitializers()).rejects.toMatchObject({ cause: error });
  });

  it('gives each initializer its own timeout, else that of the options', async () => {
    use(new Launcher({ initTimeout: 5 }));
    const hanging = { init: () => new Promise<void>(() => undefined) };
    launcher.addInitializer({ init: () => sleep(10) }, { timeout: '1s', name: 'slow' });
    launcher.addInitializer(hanging, { name: 'deaf' });

    await expect(launcher.runInitializers()).rejects.toThrow('Initializer `deaf` did not finish within 5 ms');
    expect(told).toContain('initializer.finished slow');
  });

  it('gives each service its own stop timeout, else that of the options', async () => {
    use(new Launcher({ stopTimeout: 5 }));
    const hanging = { start: async () => undefined, stop: () => new Promise<void>(() => undefined) };
    launcher.addService(hanging, { name: 'deaf' }).addService(hanging, { name: 'deafer', stopTimeout: 8 });
    await start();

    await launcher.close();

    expect(launcher.failures.map(String)).toEqual([
      expect.stringContaining('Service `deafer` did not stop within 8 ms'),
      expect.stringContaining('Service `deaf` did not stop within 5 ms'),
    ]);
  });

  it('refuses what is added after its phase has begun, also by what runs in it', async () => {
    const refusals: unknown[] = [];
    const attempt = (add: () => unknown) => {
      try {
        add();
      } catch (error) {
        refusals.push(error);
      }
    };
    launcher.addInitializer({ init: async () => attempt(() => launcher.addInitializer(new Index())) });
    const stop = async () => undefined;
    launcher.addService({ start: async () => attempt(() => launcher.addService(new Orders())), stop });

    await start();

    expect(refusals).toEqual([
      expect.objectContaining({
        code: 'EGGY_LIFECYCLE_LATE',
        what: 'Initializer `Index` was added after its phase had begun',
      }),
      expect.objectContaining({
        code: 'EGGY_LIFECYCLE_LATE',
        what: 'Service `Orders` was added after its phase had begun',
      }),
    ]);
    expect(() => launcher.addInitializer(new Index())).toThrow('was added after its phase had begun');
  });

  it('starts nothing more once it is interrupted, and never becomes ready', async () => {
    let ran = false;
    launcher.addInitializer({ init: async () => launcher.interrupt('SIGTERM') }, { name: 'last words' });
    launcher.addInitializer({ init: async () => void (ran = true) });
    const interrupted = expect.objectContaining({ code: 'EGGY_LIFECYCLE_INTERRUPTED', why: 'SIGTERM' }) as unknown;

    await expect(launcher.runInitializers()).rejects.toEqual(interrupted);
    await expect(launcher.startServices()).rejects.toEqual(interrupted);
    await expect(launcher.initialize('late', '1s', async () => void (ran = true))).rejects.toEqual(interrupted);
    expect(() => launcher.markReady()).toThrow('The start was interrupted: SIGTERM');
    expect(ran).toBe(false);
    expect(launcher.startSignal.aborted).toBe(true);
  });

  it('begins the shutdown timeout with the interruption, not only with the drain', async () => {
    const interrupted = new Launcher({ shutdownTimeout: '10s' });
    interrupted.interrupt('SIGTERM');
    await sleep(15);

    expect(interrupted.remainingMs()).toBeLessThan(10_000);
  });

  it('does not run initializers after an interruption even where there are none', async () => {
    launcher.interrupt('SIGTERM');

    await expect(launcher.runInitializers()).rejects.toMatchObject({ code: 'EGGY_LIFECYCLE_INTERRUPTED' });
  });

  it('releases in reverse what a failed start had opened', async () => {
    await launcher.initialize(
      'database',
      '1s',
      async () => 'pool',
      async () => undefined,
    );
    launcher.addInitializer(new Index());
    launcher.addService(new Orders());
    launcher.addService(
      { start: () => Promise.reject(new Error('no queue')), stop: async () => undefined },
      { name: 'bad' },
    );
    await expect(start()).rejects.toThrow('Service `bad` failed to start: no queue');

    launcher.markBroken();
    await launcher.close('the start failed');

    expect(told.slice(told.indexOf('starting > broken'))).toEqual([
      'starting > broken',
      'phase.started graceful shutdown',
      'drain.started the start failed 0',
      'service.stopped Orders',
      'initializer.closed Index',
      'initializer.closed database',
      'broken > stopped',
      'phase.finished graceful shutdown',
    ]);
  });

  it('stays broken after a crash, through its stop, and counts the crash as one failure', async () => {
    const crash = async () => sleep(2).then(() => Promise.reject(new Error('connection lost')));
    launcher.addService({ run: crash }, { name: 'consumer' }).addService(new Orders());
    await start();
    await sleep(5);

    expect(launcher.state).toBe('broken');
    launcher.markBroken();
    await launcher.close();

    expect(launcher.failures.map(String)).toEqual([
      expect.stringContaining('Service `consumer` crashed: connection lost'),
    ]);
    expect(told.slice(told.indexOf('service.crashed consumer'))).toEqual([
      'service.crashed consumer',
      'ready > broken',
      'phase.started graceful shutdown',
      'drain.started it was stopped 0',
      'service.stopped Orders',
      'broken > stopped',
      'phase.finished graceful shutdown',
    ]);
  });

  it('serves on for the drain delay after a crash, as balancers still send requests', async () => {
    use(new Launcher({ drainDelay: 20 }));
    await start();
    launcher.markBroken();
    const began = performance.now();
    await launcher.drain('a crash');
    expect(performance.now() - began).toBeGreaterThanOrEqual(19);
  });

  it('skips the drain delay after a fatal error', async () => {
    use(new Launcher({ drainDelay: '20s' }));
    await start();
    launcher.markBroken();
    launcher.markBroken({ fatal: true });
    await launcher.drain('a fatal error');
    expect(told).toContain('drain.started a fatal error 0');
  });

  it('tells of the crash in place of becoming ready', async () => {
    const crash = async () => nextTurn().then(() => Promise.reject(new Error('connection lost')));
    launcher.addService({ run: crash }, { name: 'consumer' });
    await launcher.startServices();
    await sleep(2);

    expect(() => launcher.markReady()).toThrow('Service `consumer` crashed: connection lost');
    expect(launcher.state).toBe('broken');
  });

  it('becomes ready once', async () => {
    await start();

    expect(() => launcher.markReady()).toThrow('An application that is ready cannot become ready');
  });

  it('keeps failures from outside of it', async () => {
    const error = new Error('a hook of Nest');
    launcher.recordFailure(error);

    expect(launcher.failures).toEqual([error]);
    expect(told).toEqual(['stop.failed Error: a hook of Nest']);
  });

  it('tells how much time its stop still has', async () => {
    use(new Launcher({ shutdownTimeout: '10s' }));
    expect(launcher.remainingMs()).toBe(10_000);
    expect(launcher.remainingUntilCloseMs()).toBeLessThan(9000);

    await launcher.drain('SIGTERM');
    await sleep(5);

    expect(launcher.remainingMs()).toBeLessThan(10_000);
  });

  it('warns of a drain delay that leaves little, and refuses one that does not fit', () => {
    const warn = jest.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);

    use(new Launcher({ shutdownTimeout: '29s', drainDelay: '5s' }));
    use(new Launcher({ shutdownTimeout: '1s' }));
    expect(warn).not.toHaveBeenCalled();
    use(new Launcher({ shutdownTimeout: '10s', drainDelay: '5s' }));

    expect(warn).toHaveBeenCalledWith(expect.objectContaining({ drain_delay_ms: 5000, shutdown_timeout_ms: 10_000 }));
    expect(() => new Launcher({ shutdownTimeout: '5s', drainDelay: '5s' })).toThrow('`drainDelay`');
  });

  it('shares nothing with another launcher', async () => {
    const other = new Launcher();
    other.interrupt('SIGTERM');
    await other.close();

    await start();

    expect(launcher.state).toBe('ready');
    expect(other.state).toBe('stopped');
  });
});
