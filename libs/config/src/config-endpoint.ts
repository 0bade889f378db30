import { type AdminAnswer, AdminEndpoint } from '@eggybyte/observability';
import type { AnyConfigClass, LoadedConfig } from './config-class.js';
import type { ConfigWarning } from './config-problem.js';
import { maskedValues } from './masked-values.js';
import type { Provenance } from './provenance.js';
import type { ConfigReload } from './reload/config-reload.js';
import type { SourceReport } from './reload/watched-state.js';

/** One variable as `/config` tells it. */
export interface VariableReport {
  name: string;
  /** A secret is `[REDACTED]`; `null` where nothing gives a value. */
  value: unknown;
  source: Provenance['source'];
  /** What it was found by, where that is not its own name: an old name, a `NAME_FILE`. */
  found_as?: string;
  /** The file, the directory or the watched source that gave it. */
  path?: string;
  reloadable: boolean;
  /** Whether the next start would give it another value. */
  restart_required: boolean;
}

/** What `/config` answers. */
export interface ConfigReport {
  /** How many times a reload has changed something, counted from 1. */
  generation: number;
  /** Names of the variables that take another value with the next start only. */
  restart_required: readonly string[];
  /** What is watched, the strongest first. */
  watched: readonly SourceReport[];
  variables: VariableReport[];
  warnings: readonly ConfigWarning[];
}

/** The values that are in force, where each comes from, and what a restart would change. Secrets are masked. */
@AdminEndpoint({ path: '/config' })
export class ConfigEndpoint implements AdminEndpoint {
  constructor(
    private readonly config: LoadedConfig,
    private readonly reload?: ConfigReload | undefined,
  ) {}

  handle(): AdminAnswer {
    return { body: this.report() };
  }

  report(): ConfigReport {
    const { config, reload } = this;
    const { schema } = config.constructor as unknown as AnyConfigClass;
    const values = maskedValues(schema, config.snapshot());
    const restartRequired = reload?.restartRequired ?? [];
    const variables = Object.entries(schema).map(([name, field]): VariableReport => {
      const { source, name: foundAs, path } = config.provenance(name);
      return {
        name,
        value: values[name] ?? null,
        source,
        ...(foundAs !== name && { found_as: foundAs }),
        ...(path !== undefined && { path }),
        reloadable: field.reloadable,
        restart_required: restartRequired.includes(name),
      };
    });
    return {
      generation: config.generation,
      restart_required: restartRequired,
      watched: reload?.sources ?? [],
      variables,
      warnings: config.warnings,
    };
  }
}
