import { type ConfigShape, duration } from '@eggybyte/config';

/** The start and the stop. */
export const lifecycleVariables = {
  INIT_TIMEOUT: duration({ default: '60s', description: 'Deadline of each initializer that names none.' }),
  SHUTDOWN_TIMEOUT: duration({ default: '29s', min: '1s', description: 'Budget of the whole stop.' }),
  SHUTDOWN_DRAIN_DELAY: duration({
    default: ({ inKubernetes }) => (inKubernetes ? 5000 : 0),
    defaultText: '5s in Kubernetes, else 0s',
    description: 'How long the service goes on serving after it became unready; longer than balancers need to notice.',
  }),
} satisfies ConfigShape;
