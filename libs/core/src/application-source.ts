import type { INestApplication } from '@nestjs/common';
import type { EggyRuntime } from './runtime.js';

/** Where the parts of an application come from; they are asked for in this order. */
export interface ApplicationSource {
  /** Configuration, logging, launcher. */
  makeRuntime(): Promise<EggyRuntime>;
  /** The container, and what the service configures of it. */
  makeContainer(runtime: EggyRuntime): Promise<INestApplication>;
  /** Starts the services and listens; resolves to where, or to nothing without HTTP. */
  serve(app: INestApplication, runtime: EggyRuntime): Promise<string | undefined>;
}
