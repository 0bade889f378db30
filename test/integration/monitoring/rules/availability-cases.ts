import { casesOf, type RuleCase } from './rule-case.js';
import { always, Instance, nothing, inTurn } from './rule-series.js';

const a = new Instance('a:9090');
const b = new Instance('b:9090');
const started = (values: string) => a.tells('process_start_time_seconds', {}, values);

export const availabilityCases: RuleCase[] = [
  ...casesOf('EggyServiceDown', {
    fires: [
      {
        when: 'the only instance answers no more',
        series: [a.info(inTurn(always(1, 10), 'stale')), a.tells('up', {}, inTurn(always(1, 10), always(0, 20)))],
        at: 15,
        summary: 'No instance of users answers',
      },
      {
        when: 'both instances are no more, nor their targets',
        series: [a.info(inTurn(always(1, 10), 'stale')), b.info(inTurn(always(1, 9), 'stale'), '1.1.0')],
        at: 15,
      },
    ],
    silent: [
      {
        when: 'one of two instances is gone',
        series: [a.info(inTurn(always(1, 10), 'stale')), b.info(always(1, 30))],
        at: 25,
      },
      {
        when: 'it comes back within three minutes, with another version',
        series: [a.info(inTurn(always(1, 10), 'stale')), a.info(inTurn(nothing(12), always(1, 20)), '1.1.0')],
        at: 16,
      },
      { when: 'what is down never was a service of the suite', series: [a.tells('up', {}, always(0, 30))], at: 25 },
    ],
  }),
  ...casesOf('EggyTargetDown', {
    fires: [
      {
        when: 'one of two does not answer',
        series: [
          a.info(inTurn(always(1, 10), 'stale')),
          a.tells('up', {}, inTurn(always(1, 10), always(0, 20))),
          b.info(always(1, 30)),
          b.tells('up', {}, always(1, 30)),
        ],
        at: 18,
        summary: 'Instance a:9090 of users does not answer',
      },
      {
        when: 'it had two versions within the hour',
        series: [
          a.info(inTurn(always(1, 10), 'stale')),
          a.info(inTurn(nothing(10), always(1, 10), 'stale'), '1.1.0'),
          a.tells('up', {}, inTurn(always(1, 20), always(0, 20))),
        ],
        at: 28,
      },
    ],
    silent: [
      {
        when: 'it does not answer for two minutes',
        series: [
          a.info(inTurn(always(1, 10), 'stale', nothing(1.5), always(1, 20))),
          a.tells('up', {}, inTurn(always(1, 10), always(0, 2), always(1, 20))),
        ],
        at: 14,
      },
      {
        when: 'it is expected no more',
        series: [a.info(inTurn(always(1, 10), 'stale')), a.tells('up', {}, inTurn(always(1, 10), 'stale'))],
        at: 20,
      },
      { when: 'what is down never was a service of the suite', series: [a.tells('up', {}, always(0, 30))], at: 25 },
    ],
  }),
  ...casesOf('EggyRestarting', {
    fires: [
      {
        when: 'it was started three times in ten minutes, by two versions',
        series: [
          a.info(inTurn(always(1, 6), 'stale')),
          a.info(inTurn(nothing(6), always(1, 20)), '1.1.0'),
          started(inTurn(always(100, 4), always(400, 3), always(700, 3), always(1000, 10))),
        ],
        at: 12,
        summary: 'Instance a:9090 of users starts again and again',
      },
    ],
    silent: [
      {
        when: 'it was restarted once',
        series: [a.info(always(1, 30)), started(inTurn(always(100, 10), always(700, 20)))],
        at: 14,
      },
    ],
    ends: [
      {
        when: 'three restarts are long over',
        series: [
          a.info(always(1, 60)),
          started(inTurn(always(100, 3), always(400, 3), always(700, 3), always(1000, 50))),
        ],
        at: 40,
      },
    ],
  }),
  ...casesOf('EggyNotReady', {
    fires: [
      {
        when: 'it starts for ten minutes',
        series: [a.info(always(1, 20)), a.state('starting', always(1, 20)), a.state('ready', always(0, 20))],
        at: 10,
        summary: 'Instance a:9090 of users is starting for 5 minutes',
      },
      {
        when: 'it drains for ten minutes',
        series: [a.info(always(1, 20)), a.state('draining', always(1, 20)), a.state('ready', always(0, 20))],
        at: 10,
      },
    ],
    silent: [
      {
        when: 'a migration takes four minutes',
        series: [
          a.info(always(1, 20)),
          a.state('starting', inTurn(always(1, 4), always(0, 16))),
          a.state('ready', inTurn(always(0, 4), always(1, 16))),
        ],
        at: 10,
      },
    ],
  }),
  ...casesOf('EggyBroken', {
    fires: [
      {
        when: 'it is broken and nobody restarts it',
        series: [a.info(always(1, 20)), a.state('broken', inTurn(always(0, 5), always(1, 15)))],
        at: 8,
        summary: 'Instance a:9090 of users is broken',
      },
    ],
    silent: [
      {
        when: 'a blocked event loop beats again',
        series: [a.info(always(1, 20)), a.state('broken', inTurn(always(0, 5), always(1, 0.5), always(0, 14)))],
        at: 8,
      },
    ],
  }),
  ...casesOf('EggyCheckDown', {
    labels: { severity: 'critical' },
    fires: [
      {
        when: 'a critical check is down on one of two',
        series: [
          a.info(always(1, 20)),
          b.info(always(1, 20)),
          a.check(true, always(0, 20)),
          b.check(true, always(1, 20)),
        ],
        at: 5,
        summary: 'The critical check database of users is down',
      },
    ],
    silent: [
      {
        when: 'it is down for a minute',
        series: [a.info(always(1, 20)), a.check(true, inTurn(always(1, 5), always(0, 1), always(1, 10)))],
        at: 6,
      },
      {
        when: 'another check is down',
        series: [a.info(always(1, 20)), a.check(true, always(1, 20)), a.check(false, always(0, 20), 'cache')],
        at: 15,
      },
    ],
  }),
  ...casesOf('EggyCheckDown', {
    labels: { severity: 'warning' },
    fires: [
      {
        when: 'a check that is not critical is down for a quarter of an hour',
        series: [a.info(always(1, 20)), a.check(false, always(0, 20), 'cache')],
        at: 15,
        summary: 'The check cache of users is down',
      },
    ],
    silent: [
      {
        when: 'it is down for five minutes',
        series: [a.info(always(1, 20)), a.check(false, inTurn(always(0, 5), always(1, 15)), 'cache')],
        at: 12,
      },
    ],
  }),
];
