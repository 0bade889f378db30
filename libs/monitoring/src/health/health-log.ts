import { Logger } from '@nestjs/common';
import type { HealthEvent, HealthListener } from './health-events.js';

/** Writes one record for each change of a check, with what a probe does not tell. */
export function logHealthEvents(registry: { onEvent(listener: HealthListener): unknown }): void {
  const logger = new Logger('HealthRegistry');
  registry.onEvent((event) => write(logger, event));
}

function write(logger: Logger, event: HealthEvent): void {
  if (event.kind !== 'check.changed') return;
  const { check, from, detail } = event;
  const { name, critical, reason } = check;
  const record = { msg: `health check ${name} is ${check.state}`, check: name, critical };
  if (check.state === 'down') {
    const why = { ...record, msg: `${record.msg}: ${detail}`, reason };
    if (critical) logger.error(why);
    else logger.warn(why);
  } else if (from === 'down') logger.log(record);
  else logger.debug(record);
}
