import { EggyError } from '@eggybyte/errors';

/** `EggyCoreModule.forRoot()` was called twice below one root module: `EGGY_CORE_TWICE`. */
export class CoreTwiceError extends EggyError {
  constructor() {
    super('EGGY_CORE_TWICE', {
      what: 'EggyCoreModule.forRoot() is imported twice',
      why: 'each call stands for a configuration, a logger and a launcher of its own',
      fix: 'keep the call in the root module; it is global, other modules need no import',
    });
  }
}

/** bootstrap() got a root module without `EggyCoreModule.forRoot()`: `EGGY_CORE_MISSING`. */
export class CoreMissingError extends EggyError {
  constructor(root: string) {
    super('EGGY_CORE_MISSING', {
      what: `No module below \`${root}\` imports EggyCoreModule.forRoot()`,
      fix: `add EggyCoreModule.forRoot() to the imports of \`${root}\``,
    });
  }
}

/** The package of the chosen HTTP adapter is not installed: `EGGY_CORE_ADAPTER`. */
export class AdapterMissingError extends EggyError {
  constructor(adapter: string, cause: unknown) {
    super('EGGY_CORE_ADAPTER', {
      what: `The HTTP adapter \`${adapter}\` cannot be loaded`,
      why: `@nestjs/platform-${adapter} is not installed`,
      fix: `npm install @nestjs/platform-${adapter}, or choose another HTTP_ADAPTER`,
      cause,
    });
  }
}
