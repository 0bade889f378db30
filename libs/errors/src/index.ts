export { ArgumentError } from './argument-error.js';
export { type ClientError, clientErrorStatus, onClientError } from './client-errors.js';
export { EggyError, type EggyErrorCode, type EggyErrorDetails } from './eggy-error.js';
export { causeChain, describeFailure, messageOf, type FailureReport } from './failure-report.js';
export { type Duration, milliseconds } from './duration.js';
export { portOwner } from './port-owner.js';
