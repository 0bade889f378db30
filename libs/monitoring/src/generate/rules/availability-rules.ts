import { compare, over, unless } from '../promql/operations.js';
import { like } from '../promql/sources.js';
import { all, ofPastService, ofService, perService, servicesIn } from './of-service.js';
import { alert, type RuleGroup, VALUE } from './rule.js';

const CHECK = 'eggy_health_check_up';

/** Whether the service is there and works, by its own word. */
export const availabilityRules: RuleGroup = {
  name: 'eggy-availability',
  rules: [
    alert({
      name: 'EggyServiceDown',
      vector: unless(servicesIn('1h'), servicesIn()),
      lasting: '3m',
      severity: 'critical',
      summary: (label) => `No instance of ${label('service')} answers`,
      description: (label) =>
        `${label('service')} (${label('environment')}) was there within the last hour, and no instance of it answers scrapes. See whether its pods run and why not, then its last log records; if they run, whether Prometheus reaches their monitoring port.`,
    }),
    alert({
      name: 'EggyTargetDown',
      vector: ofPastService(compare(all.plain('up'), '==', 0), '1h'),
      lasting: '5m',
      severity: 'warning',
      summary: (label) => `Instance ${label('instance')} of ${label('service')} does not answer`,
      description: () =>
        'Its scrapes fail, while Prometheus still expects it to be there: it is dead, hangs, or cannot be reached. See whether it runs, and its last log records.',
    }),
    alert({
      name: 'EggyRestarting',
      vector: ofPastService(compare(over('changes', all.plain('process_start_time_seconds'), '15m'), '>', 2), '15m'),
      severity: 'warning',
      summary: (label) => `Instance ${label('instance')} of ${label('service')} starts again and again`,
      description: () =>
        `It was started ${VALUE} times within 15 minutes. The fatal record before each end names the reason; without one it was killed, most often as it took more memory than its container may.`,
    }),
    alert({
      name: 'EggyNotReady',
      vector: ofService(compare(all.plain('eggy_app_state', { state: like('starting|draining|stopping') }), '==', 1)),
      lasting: '5m',
      severity: 'warning',
      summary: (label) => `Instance ${label('instance')} of ${label('service')} is ${label('state')} for 5 minutes`,
      description: () =>
        'It takes no requests meanwhile. `/startup` on its monitoring port and its log name what is waited on: most often a migration, an initializer, or a service that does not stop.',
    }),
    alert({
      name: 'EggyBroken',
      vector: ofService(compare(all.plain('eggy_app_state', { state: 'broken' }), '==', 1)),
      lasting: '1m',
      severity: 'critical',
      summary: (label) => `Instance ${label('instance')} of ${label('service')} is broken`,
      description: () =>
        'A fatal error has happened, or its event loop stood still. It should be restarted by its liveness probe: if it is not, restart it; then look for the fatal record or for what computes.',
    }),
    alert({
      name: 'EggyCheckDown',
      vector: perService('count', compare(all.plain(CHECK, { critical: 'true' }), '==', 0), 'check'),
      lasting: '2m',
      severity: 'critical',
      summary: (label) => `The critical check ${label('check')} of ${label('service')} is down`,
      description: () =>
        `It is down on ${VALUE} of its instances, which take no requests until it is up. Repair what it checks, as a restart of the service does not; the log has the reason, and \`/readyz?verbose\` the state now.`,
    }),
    alert({
      name: 'EggyCheckDown',
      vector: perService('count', compare(all.plain(CHECK, { critical: 'false' }), '==', 0), 'check'),
      lasting: '10m',
      severity: 'warning',
      summary: (label) => `The check ${label('check')} of ${label('service')} is down`,
      description: () =>
        `It is down on ${VALUE} of its instances, which go on without what it checks. The log has the reason, and \`/healthz?verbose\` the state now.`,
    }),
  ],
};
