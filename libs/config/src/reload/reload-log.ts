import { Logger } from '@nestjs/common';
import type { ReloadEvent } from './reload-events.js';

const logger = new Logger('Config');

/** Writes one record for each event: names of variables, never a value. */
export function logReloadEvent(event: ReloadEvent): void {
  switch (event.kind) {
    case 'reload.applied': {
      const { source, version, generation, changed } = event;
      return logger.log({ msg: 'configuration reloaded', source, version, generation, changed });
    }
    case 'reload.unchanged':
      return logger.debug({
        msg: 'nothing of the configuration changed',
        source: event.source,
        version: event.version,
      });
    case 'reload.refused': {
      const { source, version, problems } = event;
      const msg = 'The new configuration is refused as a whole and the old one stays in force';
      const wrong = problems.map(({ name, kind, expected }) => `${name}: ${kind}, expected ${expected}`);
      return logger.error({ msg, source, version, problems: wrong });
    }
    case 'restart.required': {
      const { names } = event;
      if (names.length === 0) return logger.log('no restart is required any more');
      return logger.warn({ msg: `A restart is required for ${names.join(', ')}`, variables: names });
    }
    case 'source.trouble': {
      const { source, trouble } = event;
      if (!trouble) return logger.log({ msg: 'the configuration is watched again', source });
      return logger.warn({ msg: `The configuration cannot be watched: ${trouble.detail}`, source, kind: trouble.kind });
    }
  }
}
