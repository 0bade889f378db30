import { DiscoveryService } from '@nestjs/core';

/** What an admin endpoint is asked; whoever asks has shown that he may. */
export interface AdminRequest {
  /** HEAD is asked as GET, and its answer sent without the body. */
  readonly method: 'GET';
  readonly query: URLSearchParams;
  /** Aborts at the deadline: nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}

/** What an admin endpoint is told to change. */
export interface AdminChange {
  readonly method: 'POST';
  readonly query: URLSearchParams;
  /** What came as JSON, of any shape: the endpoint has to look. */
  readonly body: unknown;
  readonly signal: AbortSignal;
}

/** What an admin endpoint answers. */
export interface AdminAnswer {
  /** @default 200 */
  status?: 200 | 400 | 404 | 409 | 422 | 503;
  /** Anything that JSON can tell. Secrets are the endpoint's business: nothing of it is masked later. */
  body: unknown;
}

/** Tells operators something about the application, on the monitoring port and only to those who may know. */
export interface AdminEndpoint {
  /** Called for each request. Rejecting is answered with 500, and its text goes to the log, redacted. */
  handle(request: AdminRequest): Promise<AdminAnswer> | AdminAnswer;
  /** Called for each POST of JSON; without it such requests are refused with 405. Each call leaves a record. */
  change?(request: AdminChange): Promise<AdminAnswer> | AdminAnswer;
}

export interface AdminEndpointOptions {
  /** Where it is served, unique in the application: `^/[a-z][a-z0-9-]{0,62}$`, and no probe's path. */
  path: `/${string}`;
}

const mark = DiscoveryService.createDecorator<AdminEndpointOptions>();

/** Marks a provider as an admin endpoint; it is found at start, wherever its module is. */
export function AdminEndpoint(options: AdminEndpointOptions) {
  return <T extends new (...args: never[]) => AdminEndpoint>(target: T): void => {
    mark(options)(target);
  };
}

/** Metadata key of {@link AdminEndpoint}, for the lib that serves the endpoints. */
export const ADMIN_ENDPOINT_KEY: string = mark.KEY;
