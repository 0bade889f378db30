import { setTimeout as sleep } from 'node:timers/promises';
import type { OnDrain } from './contracts.js';
import { withDeadline } from './deadline.js';
import type { DrainableServer } from './drainable-server.js';
import type { InitializerChain } from './initializer-chain.js';
import type { TellLauncherEvent } from './launcher-events.js';
import type { ResolvedLauncherOptions } from './launcher.options.js';
import type { LauncherState } from './launcher-state.js';
import { RequestsCutError } from './lifecycle.errors.js';
import type { ServiceGroup } from './service-group.js';
import { StopBudget } from './stop-budget.js';

interface LauncherPort {
  /** Whether a balancer may send requests here. */
  isKnown(): boolean;
  emit: TellLauncherEvent;
  enter(state: LauncherState): void;
}

/** The stop, step by step; each step runs once, whoever asks, and a later one brings the earlier ones with it. */
export class StopSequence {
  readonly failures: unknown[] = [];
  readonly servers: DrainableServer[] = [];
  readonly drainHooks: { name: string; hook: OnDrain }[] = [];
  readonly budget: StopBudget;
  /** Settles when no port is being bound. */
  binding: Promise<void> = Promise.resolve();

  #intakeEnded: Promise<unknown> = Promise.resolve();
  #draining: Promise<void> | undefined;
  #stopping: Promise<void> | undefined;
  #closing: Promise<void> | undefined;

  constructor(
    private readonly options: ResolvedLauncherOptions,
    private readonly initializers: InitializerChain,
    private readonly services: ServiceGroup,
    private readonly launcher: LauncherPort,
  ) {
    this.budget = new StopBudget(options.shutdownTimeoutMs);
  }

  drain(reason: string): Promise<void> {
    return (this.#draining ??= this.#drain(reason));
  }

  stopServices(reason: string): Promise<void> {
    return (this.#stopping ??= this.#stopServices(reason));
  }

  close(reason: string): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  fail(error: unknown): void {
    this.failures.push(error);
    this.launcher.emit({ kind: 'stop.failed', error });
  }

  async #drain(reason: string): Promise<void> {
    this.budget.begin();
    // Nobody was sent here before the application was ready, so there is nobody to wait for.
    const delayMs = this.launcher.isKnown() ? Math.min(this.options.drainDelayMs, this.budget.remainingMs()) : 0;
    const inflight = this.servers.reduce((sum, server) => sum + server.inflight, 0);
    this.launcher.enter('draining');
    this.launcher.emit({ kind: 'phase.started', phase: 'graceful shutdown' });
    this.launcher.emit({ kind: 'drain.started', reason, inflight });
    this.services.beginDrain();
    this.#intakeEnded = this.#endIntake(delayMs + this.budget.requestsMs(delayMs));
    for (const server of this.servers) this.#beginDrain(server);
    if (delayMs > 0) await sleep(delayMs);
    await this.#untilBound();
    await Promise.all(this.servers.map((server) => this.#finish(server)));
  }

  #beginDrain(server: DrainableServer): void {
    try {
      server.beginDrain();
    } catch (error) {
      this.fail(error);
    }
  }

  // Fastify, asked for localhost, looks up further addresses once it listens, and throws past every handler when its
  // server was closed meanwhile: https://github.com/fastify/fastify/blob/main/lib/server.js (multipleBindings)
  async #untilBound(): Promise<void> {
    const timeoutMs = this.budget.requestsMs();
    const fix = 'see what keeps the adapter from listening';
    try {
      await withDeadline({ step: 'Binding the port', timeoutMs, fix }, () => this.binding);
    } catch (error) {
      this.fail(error);
    }
  }

  async #finish(server: DrainableServer): Promise<void> {
    const began = performance.now();
    const waitMs = this.budget.requestsMs();
    const timeoutMs = waitMs + this.budget.cutMs(waitMs);
    const fix = 'see what keeps its finish() from returning';
    try {
      const step = 'The drained server';
      const cut = await withDeadline({ step, verb: 'close', timeoutMs, fix }, () => server.finish(waitMs));
      if (cut.length > 0) this.fail(new RequestsCutError(cut, Math.round(performance.now() - began)));
    } catch (error) {
      this.fail(error);
    }
  }

  #endIntake(timeoutMs: number): Promise<unknown> {
    const fix = 'let its onDrain() honour the signal';
    return Promise.all(
      this.drainHooks.map(async ({ name, hook }) => {
        try {
          await withDeadline({ step: `Draining \`${name}\``, timeoutMs, fix }, (signal) => hook.onDrain(signal));
        } catch (error) {
          this.fail(error);
        }
      }),
    );
  }

  async #stopServices(reason: string): Promise<void> {
    await this.drain(reason);
    await this.#intakeEnded;
    this.launcher.enter('stopping');
    for (const error of await this.services.stop(this.budget.servicesMs())) this.fail(error);
  }

  async #close(reason: string): Promise<void> {
    await this.stopServices(reason);
    for (const error of await this.initializers.close(this.budget.initializersMs())) this.fail(error);
    this.launcher.enter('stopped');
    this.launcher.emit({ kind: 'phase.finished', phase: 'graceful shutdown', tookMs: this.budget.elapsedMs() });
  }
}
