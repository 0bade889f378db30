import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  ParentBasedSampler,
  type Sampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace';
import type { ResolvedTracingOptions } from '../tracing.options.js';

const PARENT_BASED = 'parentbased_';

export function samplerOf({
  sampler,
  samplerRatio,
}: Pick<ResolvedTracingOptions, 'sampler' | 'samplerRatio'>): Sampler {
  const root = rootSampler(sampler.replace(PARENT_BASED, ''), samplerRatio);
  return sampler.startsWith(PARENT_BASED) ? new ParentBasedSampler({ root }) : root;
}

function rootSampler(name: string, ratio: number): Sampler {
  if (name === 'always_off') return new AlwaysOffSampler();
  return name === 'traceidratio' ? new TraceIdRatioBasedSampler(ratio) : new AlwaysOnSampler();
}
