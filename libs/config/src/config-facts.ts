import { isatty } from 'node:tty';

/** What is known about the process before any variable is read; a default may depend on it. */
export interface ConfigFacts {
  /** Value of ENVIRONMENT as the sources give it. @default "development" */
  readonly environment: string;
  /** Whether the process runs in a Kubernetes pod. @default whether KUBERNETES_SERVICE_HOST is set */
  readonly inKubernetes: boolean;
  /** Whether standard output is a terminal. @default whether file descriptor 1 is one */
  readonly isTerminal: boolean;
  /** Name in the package.json of the application; known only when the caller gives it. */
  readonly packageName: string | undefined;
  /** Version in the package.json of the application; known only when the caller gives it. */
  readonly packageVersion: string | undefined;
}

/** The facts of this process; what the caller gives wins. */
export function detectFacts(
  environment: string,
  env: Readonly<Record<string, string | undefined>>,
  given: Partial<ConfigFacts>,
): ConfigFacts {
  return Object.freeze({
    environment: given.environment ?? environment,
    inKubernetes: given.inKubernetes ?? Boolean(env['KUBERNETES_SERVICE_HOST']),
    isTerminal: given.isTerminal ?? isatty(1),
    packageName: given.packageName,
    packageVersion: given.packageVersion,
  });
}
