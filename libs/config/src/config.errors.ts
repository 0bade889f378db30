import { EggyError } from '@eggybyte/errors';
import { type ConfigProblem, type ConfigWarning, describeProblem } from './config-problem.js';

/** The configuration cannot be used, `EGGY_CONFIG_INVALID`: one report of everything that is wrong with it. */
export class ConfigInvalidError extends EggyError {
  constructor(
    /** Every problem, in the order of the schema. */
    readonly problems: readonly ConfigProblem[],
    /** What was noticed besides. */
    readonly warnings: readonly ConfigWarning[] = [],
  ) {
    const count = problems.length === 1 ? 'a problem' : `${problems.length} problems`;
    const lines = problems.map((problem) => `  - ${describeProblem(problem)}`);
    super('EGGY_CONFIG_INVALID', {
      what: [`The configuration has ${count}:`, ...lines, 'No configuration was loaded'].join('\n'),
      fix: 'correct what is listed and start again',
    });
  }
}

/** Two variables of one configuration share a name or an alias, `EGGY_CONFIG_NAME_CLASH`. */
export class ConfigNameClashError extends EggyError {
  constructor(
    /** The names that are declared more than once. */
    readonly names: readonly string[],
  ) {
    super('EGGY_CONFIG_NAME_CLASH', {
      what: `The configuration declares ${names.join(', ')} more than once`,
      fix: 'give the variable another name, or drop the alias; to change a default pass it in `values`',
    });
  }
}

/** A configuration class was used without being loaded, `EGGY_CONFIG_NOT_LOADED`. */
export class ConfigNotLoadedError extends EggyError {
  constructor(className: string) {
    super('EGGY_CONFIG_NOT_LOADED', {
      what: `\`${className}\` holds no values`,
      why: 'a configuration class is not constructed directly',
      fix: `call loadConfig(${className}), or import EggyConfigModule.forRoot({ config: ${className} }) and do not list it in providers`,
    });
  }
}

/** Code tried to change a loaded value, `EGGY_CONFIG_READ_ONLY`. */
export class ConfigReadOnlyError extends EggyError {
  constructor(name: string) {
    super('EGGY_CONFIG_READ_ONLY', {
      what: `Cannot set \`${name}\``,
      why: 'a loaded configuration does not change by code',
      fix: 'give the value where the configuration is loaded, in `values` or, in a test, in `overrides`',
    });
  }
}

/** A configuration was asked for by `getConfig` and it is not clear which one is meant, `EGGY_CONFIG_UNKNOWN`. */
export class ConfigUnknownError extends EggyError {
  constructor(
    className: string,
    /** How many applications of the process have loaded the class. */
    readonly applications: number,
  ) {
    super('EGGY_CONFIG_UNKNOWN', {
      what: `getConfig(${className}) has no answer`,
      ...(applications === 0
        ? {
            why: 'no application of this process has loaded it, or it has ended',
            fix: 'call it in a function that runs after bootstrap() has begun, not while modules are loaded',
          }
        : {
            why: `${applications} applications of this process have loaded it`,
            fix: `inject ${className}, or call it in what an application runs, such as a request`,
          }),
    });
  }
}
