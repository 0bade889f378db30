import { inspect } from 'node:util';
import { EggyError } from '@eggybyte/errors';

/** No log record matched in time: `EGGY_TESTING_LOG`. */
export class LogMissingError extends EggyError {
  constructor(pattern: unknown, timeoutMs: number | undefined, seen: number) {
    super('EGGY_TESTING_LOG', {
      what: `No log record matches ${typeof pattern === 'function' ? pattern.toString() : inspect(pattern)}`,
      why: `${timeoutMs === undefined ? 'the application has stopped' : `${timeoutMs} ms have passed`}, and none of ${seen} records does`,
      fix: 'compare it with app.logs; LOG_LEVEL may keep it out',
    });
  }
}

/** One value was asked for of a gauge that has several that match: `EGGY_TESTING_METRIC`. */
export class SeveralSeriesError extends EggyError {
  constructor(name: string, labels: object, matching: readonly object[]) {
    const shown = matching.slice(0, MOST_SHOWN).map((one) => JSON.stringify(one));
    super('EGGY_TESTING_METRIC', {
      what: `${matching.length} series of the gauge \`${name}\` match ${JSON.stringify(labels)}`,
      why: `their sum would mean nothing: ${shown.join(', ')}${matching.length > MOST_SHOWN ? ', …' : ''}`,
      fix: 'give the labels that tell them apart',
    });
  }
}

/** Of many series that match, these many are shown. */
const MOST_SHOWN = 5;
