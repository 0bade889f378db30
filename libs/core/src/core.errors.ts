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

/** Two applications were made of one root module at the same time, without bootstrap(): `EGGY_CORE_CONCURRENT`. */
export class ConcurrentCreateError extends EggyError {
  constructor() {
    super('EGGY_CORE_CONCURRENT', {
      what: 'Two applications are being made of one EggyCoreModule.forRoot() at the same time',
      why: 'while Nest scans it does not tell for which of them, and they would share a configuration and a launcher',
      fix: 'await the first NestFactory.create(), or use bootstrap(), which tells them apart',
    });
  }
}

/** Something of the suite is provided by another import as well: `EGGY_CORE_SECOND`. */
export class SecondProviderError extends EggyError {
  constructor(token: string, by: string, importer: string | undefined, otherwise?: string) {
    const remove = `remove ${by} from the imports of ${importer ? `\`${importer}\`` : 'the service'}`;
    super('EGGY_CORE_SECOND', {
      what: `${by} provides a second${/^[A-Z]/.test(token) ? ' default' : ''} \`${token}\``,
      why: 'EggyCoreModule provides one, and which of the two is injected would depend on the place',
      fix: otherwise ? `${remove}, ${otherwise}` : remove,
    });
  }
}

/** bootstrap(app) got an application that listens already: `EGGY_CORE_LISTENING`. */
export class AdoptedTooLateError extends EggyError {
  constructor() {
    super('EGGY_CORE_LISTENING', {
      what: 'bootstrap(app) got an application that listens already',
      why: 'initializers and services have to come before the port',
      fix: 'remove the call of app.listen(): bootstrap(app) listens on HOST and PORT',
    });
  }
}
