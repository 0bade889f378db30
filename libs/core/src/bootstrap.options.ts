import type { INestApplication, INestApplicationContext, NestApplicationOptions, Type } from '@nestjs/common';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Launcher } from '@eggybyte/lifecycle';
import type { LogDestination } from '@eggybyte/logging';

/** Options of bootstrap() for an application that NestFactory.create has made. */
export interface AdoptionOptions {
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
}

/** Options of bootstrap() for a root module. */
export interface BootstrapOptions extends AdoptionOptions {
  /** `false` is for a worker, see {@link WorkerOptions}. @default true */
  http?: true;
  /** HTTP framework under Nest, or an adapter made by you. @default HTTP_ADAPTER, "fastify" */
  adapter?: 'fastify' | 'express' | AbstractHttpAdapter;
  /** Variables to read. @default process.env */
  env?: Readonly<Record<string, string | undefined>>;
  /** Where log records go, one line each. @default standard output */
  logTo?: LogDestination;
  /** How Nest's application is made of the root module. @default NestFactory.create */
  createNest?: (root: Type, adapter: AbstractHttpAdapter, options: NestApplicationOptions) => Promise<INestApplication>;
}

/** Options of bootstrap() for the root module of a worker: it has no HTTP server, and PORT means nothing to it. */
export interface WorkerOptions extends Omit<BootstrapOptions, 'adapter' | 'configure' | 'http'> {
  /** No HTTP server and no HTTP framework; probes and metrics are served as ever. */
  http: false;
  /** As in {@link AdoptionOptions}, with what an application without HTTP has. */
  configure?: (app: INestApplicationContext, launcher: Launcher) => void | Promise<void>;
}

/** A running worker. */
export interface EggyWorker {
  readonly app: INestApplicationContext;
  /** Where probes and metrics are, such as `http://127.0.0.1:9090`. */
  readonly monitoringUrl: string;
  /** Stops in order and resolves to the exit code the stop deserves: 0 if all went well, else 1. Never ends the process. */
  stop(): Promise<number>;
  /** Resolves to the same code, whoever asked for the stop. */
  readonly exited: Promise<number>;
}

/** A running application. */
export interface EggyApplication extends EggyWorker {
  readonly app: INestApplication;
  /** Where it listens, such as `http://127.0.0.1:8080`. */
  readonly url: string;
}
