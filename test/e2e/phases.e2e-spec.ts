import { describe, expect, it } from '@jest/globals';
import { emptySqlite, startUsers } from './users-service.js';

/** By the names of the Go library, in its order. */
const PHASES = [
  'configuration',
  'logging',
  'launcher',
  'register initializers',
  'register infrastructure services',
  'register business services',
  'execute initializers',
  'start services',
  'running',
  'graceful shutdown',
];
const OF_THE_START = PHASES.slice(0, -2);

describe('the ten phases', () => {
  it('are told by name and in order in the log, in /startup and in the metrics', async () => {
    const env = { DATABASE_DSN: await emptySqlite(), LOG_LEVEL: 'debug', ENVIRONMENT: 'test' };
    const service = await startUsers(env, 'test');
    const { text } = await service.probe('/metrics');
    const { body: startup } = await service.json('/startup');
    service.process.signal('SIGTERM');
    expect(await service.process.exited).toEqual({ code: 0, signal: null });

    const begun = service.process.logs.flatMap(({ msg, phase }) => (msg === `phase: ${String(phase)}` ? [phase] : []));
    expect(begun).toEqual(PHASES);
    const done = service.process.logs.flatMap(({ msg, phase, took_ms }) =>
      msg === `phase done: ${String(phase)}` && typeof took_ms === 'number' ? [phase] : [],
    );
    expect(new Set(done)).toEqual(new Set([...OF_THE_START, 'graceful shutdown']));
    expect(done).toHaveLength(OF_THE_START.length + 1);

    const measured = [...text.matchAll(/^eggy_startup_phase_seconds\{phase="([^"]+)"\} \d/gm)].map(
      ([, phase]) => phase,
    );
    expect(new Set(measured)).toEqual(new Set(OF_THE_START));

    expect(startup).toMatchObject({ state: 'ready', waiting_on: [], ready_after_ms: expect.any(Number) });
    expect(startup.phases.map(({ name }: { name: string }) => name)).toEqual(PHASES.slice(0, -1));
    const statuses = new Set(startup.phases.map(({ status }: { status: string }) => status));
    expect([...statuses]).toEqual(['finished', 'running']);
    expect(startup.initializers).toEqual(
      expect.arrayContaining([expect.objectContaining({ name: 'EmailBlocklist', status: 'finished' })]),
    );
    expect(startup.services).toMatchObject([{ name: 'UserCensus', status: 'started' }]);
    expect(startup.providers.length).toBeGreaterThan(0);
  });
});
