import { type ConfigShape, oneOf, reloadable } from '@eggybyte/config';

/** The log. */
export const loggingVariables = {
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
} satisfies ConfigShape;
