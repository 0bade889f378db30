import type { Agent } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { SpanExporter } from '@opentelemetry/sdk-trace';

interface Sender {
  send(data: Uint8Array, timeoutMs: number): Promise<unknown>;
  _utils?: { agent?: Agent } | null;
}

/** What no type tells of OpenTelemetry's exporters over HTTP. */
interface Insides {
  _delegate?: {
    _transport?: { retry(data: Uint8Array, timeoutMs: number, inMs: number): Promise<unknown>; _transport?: Sender };
  };
}

/**
 * Lets an exporter end what it has begun. Its own way ends nothing: a request and the pause before the next one hold the
 * process until its deadline. With other insides it is left as it is.
 * https://github.com/open-telemetry/opentelemetry-js/tree/main/experimental/packages/otlp-exporter-base/src
 */
export function endRetries(exporter: SpanExporter, ending: AbortSignal): void {
  const { _delegate: delegate } = exporter as Insides;
  const { _transport: retrying } = delegate ?? {};
  const { _transport: sender } = retrying ?? {};
  if (!retrying || !sender) return;
  retrying.retry = async (data, timeoutMs, inMs) => {
    await sleep(inMs, undefined, { signal: ending });
    return sender.send(data, timeoutMs);
  };
  ending.addEventListener('abort', () => {
    const { _utils: made } = sender;
    made?.agent?.destroy();
  });
}
