export { describeError, type DescribedError, type ErrorAnswer, type ErrorMapper } from './error-answer.js';
export { EggyExceptionFilter } from './exception-filter.js';
export { createHttpAdapter } from './http-adapter.js';
export { HttpDrain } from './http-drain.js';
export { EggyHttpModule } from './http.module.js';
export type { HttpOptions, TrustProxy } from './http.options.js';
export { NoServerAdapter } from './no-server-adapter.js';
export { RequestTracker, type RequestTrackerOptions } from './request-tracker.js';
export type { TrackedRequest } from './tracked-request.js';
