import type { INestApplication, NestApplicationOptions, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Launcher } from '@eggybyte/lifecycle';
import type { LogDestination } from '@eggybyte/logging';

export interface BootstrapOptions {
  /** HTTP framework under Nest, or an adapter made by you. @default HTTP_ADAPTER, "fastify" */
  adapter?: 'fastify' | 'express' | AbstractHttpAdapter;
  /**
   * Called once the container stands and before anything is initialised: global prefix, pipes, CORS,
   * `launcher.addInitializer(...)`. Both may still be changed here, and not later.
   */
  configure?: (app: INestApplication, launcher: Launcher) => void | Promise<void>;
  /**
   * `true` takes signals and fatal errors and ends the process: 0 after a clean stop, 1 after any failure, 130 after
   * a second SIGINT. `false` leaves the process alone: a failed start throws. @default true
   */
  ownProcess?: boolean;
  /** Variables to read. @default process.env */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where log records go, one line each. @default standard output */
  logTo?: LogDestination;
  /** How Nest's application is made of the root module. @default NestFactory.create */
  createNest?: (root: Type, adapter: AbstractHttpAdapter, options: NestApplicationOptions) => Promise<INestApplication>;
}

/** A running application. */
export interface EggyApplication {
  readonly app: INestApplication;
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
  /** Where probes and metrics are, such as `http://127.0.0.1:9090`. */
  readonly monitoringUrl: string;
  /** Stops in order and resolves to the exit code the stop deserves: 0 if all went well, else 1. Never ends the process. */
  stop(): Promise<number>;
  /** Resolves to the same code, whoever asked for the stop. */
  readonly exited: Promise<number>;
}
