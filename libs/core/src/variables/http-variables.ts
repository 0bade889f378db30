import { bool, type ConfigShape, duration, oneOf, port, size, text } from '@eggybyte/config';

/** The HTTP server. */
export const httpVariables = {
  HOST: text({ default: '0.0.0.0', description: 'Address the HTTP server binds.' }),
  PORT: port({
    default: 8080,
    aliases: ['BUSINESS_HTTP_PORT'],
    description: 'Port of the HTTP server; 0 takes any free port.',
  }),
  HTTP_ADAPTER: oneOf(['fastify', 'express'], { default: 'fastify', description: 'HTTP framework under Nest.' }),
  HTTP_BODY_LIMIT: size({ default: '1mb', description: 'Largest request body; a larger one is answered with 413.' }),
  HTTP_REQUEST_TIMEOUT: duration({ default: '60s', description: 'Time to receive a whole request.' }),
  HTTP_KEEP_ALIVE_TIMEOUT: duration({
    default: '72s',
    description: 'How long an idle connection is kept; longer than the balancer keeps its own.',
  }),
  TRUST_PROXY: bool({ default: false, description: 'Whether X-Forwarded-* headers are believed.' }),
} satisfies ConfigShape;
