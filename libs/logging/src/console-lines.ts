import { createRequire } from 'node:module';
import type { LogDestination } from './logging.options.js';
import { textOf } from './safe-fields.js';

/** All but the ends of lines and tabs. */
const CONTROLS = /\r(?!\n)|[^\P{Cc}\t\n\r]/gu;

type Prettify = (line: string) => string | undefined;

/** Lines for people. pino-pretty is used as a function: its stream would lose what it holds at process.exit(). */
export function consoleLines(output: LogDestination): LogDestination {
  const { prettyFactory } = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const prettify = prettyFactory({
    translateTime: 'SYS:HH:MM:ss.l',
    ignore: 'service,environment,version,span_id,context',
    messageFormat: ({ context, msg = '' }) =>
      shown(context === undefined ? textOf(msg) : `[${textOf(context)}] ${textOf(msg)}`),
    singleLine: true,
    errorLikeObjectKeys: [],
  }) as Prettify;
  return {
    write: (line) => output.write(prettify(line) ?? line),
    flushSync: () => output.flushSync?.(),
  };
}

/** A text cannot look like a record of its own, nor tell a terminal what to do. */
function shown(text: string): string {
  return text
    .replaceAll(CONTROLS, (control) => `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`)
    .replaceAll(/\r?\n/g, '\n    ');
}
