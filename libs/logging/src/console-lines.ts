import { createRequire } from 'node:module';
import type { LogDestination } from './logging.options.js';

type Prettify = (line: string) => string | undefined;

/** Lines for people. pino-pretty is used as a function: its stream would lose what it holds at process.exit(). */
export function consoleLines(output: LogDestination): LogDestination {
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const prettify = prettyFactory({
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'service,environment,version,span_id,context',
    messageFormat: '{if context}[{context}] {end}{msg}',
    singleLine: true,
    errorLikeObjectKeys: [],
  }) as Prettify;
  return {
    write: (line) => output.write(prettify(line) ?? line),
    flushSync: () => output.flushSync?.(),
  };
}
