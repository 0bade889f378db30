import { type AdminAnswer, AdminEndpoint } from '@eggybyte/observability';
import { RecordWatch } from './record-watch.js';
import type { RootLogger } from './root-logger.js';

/** What `/warnings` answers. */
export interface WarningsReport {
  /** The last 50 records at `warn` and above, the latest first, as they stand in the log. */
  records: Record<string, unknown>[];
}

/** Tells the last warnings and errors of the log: whoever looks after a service sees them without a search in its logs. */
@AdminEndpoint({ path: '/warnings' })
export class WarningsEndpoint implements AdminEndpoint {
  constructor(private readonly root: RootLogger) {}

  handle(): AdminAnswer {
    return { body: this.report() };
  }

  report(): WarningsReport {
    return { records: RecordWatch.of(this.root)?.recent.list() ?? [] };
  }
}
