import type { INestApplication } from '@nestjs/common';
import type { LauncherEvents } from '@eggybyte/lifecycle';
import type { LogDestination } from '@eggybyte/logging';
import type { EggyRuntime } from './runtime.js';

/** Where the parts of an application come from; they are asked for in this order. */
export interface ApplicationSource {
  /** Where log records go that are told before there is a runtime. @default standard output */
  readonly logTo?: LogDestination | undefined;
  /** Configuration, logging, launcher; where these phases are still to come, `events` tells them. */
  makeRuntime(events: LauncherEvents): Promise<EggyRuntime>;
  /** The container. */
  makeContainer(runtime: EggyRuntime): Promise<INestApplication>;
  /** Starts the services and listens; resolves to where, or to nothing without HTTP. */
  serve(app: INestApplication, runtime: EggyRuntime): Promise<string | undefined>;
}
