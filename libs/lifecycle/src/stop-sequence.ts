import { setTimeout as sleep } from 'node:timers/promises';
import type { OnDrain } from './contracts.js';
import { withDeadline } from './deadline.js';
import type { DrainableServer } from './drainable-server.js';
import type { InitializerChain } from './initializer-chain.js';
import type { LauncherListener } from './launcher-events.js';
import type { ResolvedLauncherOptions } from './launcher.options.js';
import type { LauncherState } from './launcher-state.js';
import { RequestsCutError } from './lifecycle.errors.js';
import type { ServiceGroup } from './service-group.js';

/** What each step gets at most, in milliseconds; the shutdown timeout bounds them all together. */
const STEPS = { inflight: 15_000, initializers: 2000 };

/** Kept back from the wait for requests, so that cutting what is left still fits the shutdown timeout. */
const CUT_GRACE_MS = 500;

interface LauncherPort {
  emit: LauncherListener;
  enter(state: LauncherState): void;
}

/** The stop, step by step; each step runs once, whoever asks, and a later one brings the earlier ones with it. */
export class StopSequence {
  readonly failures: unknown[] = [];
  readonly servers: DrainableServer[] = [];
  readonly drainHooks: { name: string; hook: OnDrain }[] = [];

  #beganAt: number | undefined;
  #intakeEnded: Promise<unknown> = Promise.resolve();
  #draining: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly options: ResolvedLauncherOptions,
    private readonly initializers: InitializerChain,
    private readonly services: ServiceGroup,
    private readonly launcher: LauncherPort,
  ) {}

  drain(reason: string, wasReady: boolean): Promise<void> {
    return (this.#draining ??= this.#drain(reason, wasReady));
  }

  stopServices(): Promise<void> {
    return (this.#stopping ??= this.#stopServices());
  }

  close(): Promise<void> {
    return (this.#closing ??= this.#close());
  }

  remainingMs(): number {
    const { shutdownTimeoutMs } = this.options;
    const elapsed = this.#beganAt === undefined ? 0 : performance.now() - this.#beganAt;
    return Math.max(0, Math.round(shutdownTimeoutMs - elapsed));
  }

  fail(error: unknown): void {
    this.failures.push(error);
    this.launcher.emit({ kind: 'stop.failed', error });
  }

  async #drain(reason: string, wasReady: boolean): Promise<void> {
    this.#beganAt = performance.now();
    const inflight = this.servers.reduce((sum, server) => sum + server.inflight, 0);
    this.launcher.enter('draining');
    this.launcher.emit({ kind: 'phase.started', phase: 'graceful shutdown' });
    this.launcher.emit({ kind: 'drain.started', reason, inflight });
    this.services.beginDrain();
    this.#intakeEnded = this.#endIntake();
    for (const server of this.servers) server.beginDrain();
    // Nobody was sent here before the application was ready, so there is nobody to wait for.
    if (wasReady) await sleep(Math.min(this.options.drainDelayMs, this.remainingMs()));
    const timeoutMs = Math.min(STEPS.inflight, Math.max(0, this.remainingMs() - CUT_GRACE_MS));
    await Promise.all(this.servers.map((server) => this.#finish(server, timeoutMs)));
  }

  async #finish(server: DrainableServer, timeoutMs: number): Promise<void> {
    const began = performance.now();
    try {
      const cut = await server.finish(timeoutMs);
      if (cut > 0) this.fail(new RequestsCutError(cut, Math.round(performance.now() - began)));
    } catch (error) {
      this.fail(error);
    }
  }

  #endIntake(): Promise<unknown> {
    const fix = 'let its onDrain() honour the signal';
    return Promise.all(
      this.drainHooks.map(async ({ name, hook }) => {
        try {
          const deadline = { step: `Draining \`${name}\``, timeoutMs: this.remainingMs(), fix };
          await withDeadline(deadline, (signal) => hook.onDrain(signal));
        } catch (error) {
          this.fail(error);
        }
      }),
    );
  }

  async #stopServices(): Promise<void> {
    await this.drain('stop', false);
    await this.#intakeEnded;
    this.launcher.enter('stopping');
    for (const error of await this.services.stop(() => this.remainingMs())) this.fail(error);
  }

  async #close(): Promise<void> {
    await this.stopServices();
    const budgetMs = Math.min(STEPS.initializers, this.remainingMs());
    for (const error of await this.initializers.close(budgetMs)) this.fail(error);
    this.launcher.enter('stopped');
    const tookMs = performance.now() - (this.#beganAt ?? performance.now());
    this.launcher.emit({ kind: 'phase.finished', phase: 'graceful shutdown', tookMs });
  }
}
