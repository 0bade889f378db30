import { type ConfigShape, text } from '@eggybyte/config';
import { RELAXED_ENVIRONMENTS } from './relaxed-environments.js';

/** The service itself. */
export const serviceVariables = {
  SERVICE_NAME: text({
    pattern: /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/,
    expected: 'a name of at most 63 lower-case letters, digits and inner dashes',
    default: ({ environment, packageName }) =>
      RELAXED_ENVIRONMENTS.includes(environment) ? (packageName?.split('/').pop() ?? 'service') : undefined,
    defaultText: "package.json's name in development and test, else required",
    description: 'Name of the service in logs, metrics and cache keys.',
  }),
  SERVICE_VERSION: text({
    default: ({ packageVersion }) => packageVersion ?? '0.0.0',
    defaultText: "package.json's version",
    description: 'Version of the service in logs and metrics.',
  }),
  SERVICE_COMMIT: text({ optional: true, description: 'Commit that the service was built of, told by `/info`.' }),
  SERVICE_BUILT_AT: text({ optional: true, description: 'When the service was built, told by `/info`.' }),
  ENVIRONMENT: text({ default: 'development', description: 'Free text; only development and test relax anything.' }),
} satisfies ConfigShape;
