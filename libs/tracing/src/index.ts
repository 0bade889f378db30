export { Tracing } from './tracing.js';
export { EggyTracingModule } from './tracing.module.js';
export {
  type OtlpProtocol,
  PROTOCOLS as OTLP_PROTOCOLS,
  type SamplerName,
  SAMPLERS,
  type TracingOptions,
} from './tracing.options.js';
