import { Logger, type OnApplicationShutdown } from '@nestjs/common';
import type { AbstractHttpAdapter, HttpAdapterHost } from '@nestjs/core';
import type { OpenPhase } from '@eggybyte/lifecycle';
import { ownProcess, type ProcessMember } from './own-process.js';
import { reportFailure } from './report-failure.js';
import type { EggyRuntime } from './runtime.js';

type ListenCallback = (error?: unknown, ...more: unknown[]) => void;

/**
 * What bootstrap() does besides the launcher, for an application that somebody else makes and listens with: probes and
 * metrics, the stop on a signal, the end of both. Where Nest's own shutdown hooks are enabled, Nest drives that stop.
 */
export class PlainApplication implements OnApplicationShutdown {
  readonly #member: ProcessMember;
  #begun: Promise<unknown> | undefined;
  #building: OpenPhase | undefined;
  #handedOver = false;
  #nestCloses = false;

  private constructor(private readonly runtime: EggyRuntime) {
    this.#member = {
      stop: (reason) => this.#stop(reason),
      remainingMs: () => runtime.launcher.remainingMs(),
      onRepeat: (signal) => runtime.logger.info({ signal }, 'ignored, the application is stopping already'),
    };
    runtime.launcher.events.onEvent((event) => {
      if (event.kind !== 'service.crashed' || this.#handedOver) return;
      reportFailure('A service crashed', event.error, {}, runtime.logger);
    });
  }

  /** Resolves when probes are served, if they are served already. */
  static async create(runtime: EggyRuntime, host: HttpAdapterHost): Promise<PlainApplication> {
    const plain = new PlainApplication(runtime);
    // NestFactory.create sets the adapter before it makes the container. A testing module sets it afterwards, if at
    // all, and an application context has none: these are served when they listen, and touch nothing before.
    if (adapterOf(host)) await plain.#begin();
    plain.#building = runtime.launcher.events.begin('register business services');
    // By then the launcher hangs on the adapter too, so that what this adds to it is around what the launcher does.
    await new Promise((resolve) => setImmediate(resolve));
    host.init$.subscribe(() => {
      const adapter = adapterOf(host);
      if (adapter) plain.#hangOn(adapter);
    });
    return plain;
  }

  /** Leaves signals and the end to bootstrap(). */
  handOver(): void {
    this.#handedOver = true;
    ownProcess.leave(this.#member);
  }

  /** The last hook of all: the container is closed. */
  async onApplicationShutdown(): Promise<void> {
    if (this.#handedOver) return;
    await this.runtime.release('the application is closed');
    ownProcess.leave(this.#member, this.#code);
  }

  get #code(): number {
    return this.runtime.launcher.failures.length > 0 ? 1 : 0;
  }

  /** Also after a stop by a signal: nothing starts then, as the launcher is interrupted. */
  #begin(): Promise<unknown> {
    return (this.#begun ??= this.#serveProbes());
  }

  #serveProbes(): Promise<unknown> {
    ownProcess.join(this.#member);
    return this.runtime.listen();
  }

  #hangOn(adapter: AbstractHttpAdapter): void {
    const init = adapter.init.bind(adapter);
    const listen = adapter.listen.bind(adapter) as (...args: unknown[]) => unknown;
    const beforeClose = adapter.beforeClose.bind(adapter);
    adapter.init = () => {
      this.#building?.finish();
      return this.runtime.run(init).catch((error: unknown) => this.#refuse(error));
    };
    adapter.listen = (...args: unknown[]) => {
      const callback = typeof args.at(-1) === 'function' ? (args.pop() as ListenCallback) : () => undefined;
      const answer: ListenCallback = (error, ...more) => {
        if (error) this.#refuse(error).catch(callback);
        else callback(error, ...more);
      };
      const begun = this.#handedOver ? Promise.resolve() : this.#begin();
      begun.then(() => this.runtime.run(() => listen(...args, answer))).catch(answer);
    };
    adapter.beforeClose = () => {
      this.#nestCloses = true;
      return this.runtime.run(beforeClose);
    };
  }

  /** A start that a signal interrupts is no failure: nobody hears of it, as the process ends after the stop. */
  #refuse(error: unknown): Promise<never> {
    return ownProcess.isEnding && !this.#handedOver ? new Promise<never>(() => undefined) : Promise.reject(error);
  }

  /** Resolves to the exit code, or to nothing where Nest or the service closes the application and so ends it. */
  async #stop(reason: string): Promise<number | undefined> {
    // With `bufferLogs` Nest holds its records back until the start is over, which it may never be now.
    Logger.flush();
    void this.runtime.run(() => this.runtime.launcher.drain(reason));
    // Whoever else listens to the signal has called app.close() by then.
    await new Promise((resolve) => setImmediate(resolve));
    if (this.#nestCloses) return undefined;
    await this.runtime.release(reason);
    return this.#code;
  }
}

function adapterOf(host: HttpAdapterHost): AbstractHttpAdapter | undefined {
  return (host.httpAdapter as AbstractHttpAdapter | null) ?? undefined;
}
