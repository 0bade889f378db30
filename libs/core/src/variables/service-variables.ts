import { type ConfigShape, duration, oneOf, reloadable, text } from '@eggybyte/config';
import { RELAXED_ENVIRONMENTS } from './relaxed-environments.js';

/** The service itself: its name, its log, its start and its stop. */
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
  ENVIRONMENT: text({ default: 'development', description: 'Free text; only development and test relax anything.' }),
  LOG_LEVEL: reloadable(
    oneOf(['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'], {
      default: 'info',
      description: 'Lowest level that is logged.',
    }),
  ),
  LOG_FORMAT: oneOf(['json', 'console'], {
    default: ({ environment, isTerminal }) => (environment === 'development' && isTerminal ? 'console' : 'json'),
    defaultText: 'console in development on a terminal, else json',
    description: 'One JSON record a line, or lines for people.',
  }),
  INIT_TIMEOUT: duration({ default: '60s', description: 'Deadline of each initializer that names none.' }),
  SHUTDOWN_TIMEOUT: duration({ default: '29s', min: '1s', description: 'Budget of the whole stop.' }),
  SHUTDOWN_DRAIN_DELAY: duration({
    default: ({ inKubernetes }) => (inKubernetes ? 5000 : 0),
    defaultText: '5s in Kubernetes, else 0s',
    description: 'How long the service goes on serving after it became unready; longer than balancers need to notice.',
  }),
} satisfies ConfigShape;
