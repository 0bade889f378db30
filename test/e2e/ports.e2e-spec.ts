import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { runsAsRoot } from '../support/owned-process.js';
import { type LogRecord, type NodeProcess, runNode, runProgram } from '../support/run-node.js';
import { asTroubled, startTroubled, TROUBLED, type TroubledService } from './troubled-service.js';
import { users } from './users-service.js';

const LIMITED = join(import.meta.dirname, 'fixtures/limited-service.mjs');

const owners: Server[] = [];
afterEach(() => {
  for (const owner of owners.splice(0)) owner.close();
});

/** A port that somebody else listens on. */
async function takenPort(): Promise<string> {
  const port = await freePort();
  const owner = createServer();
  owners.push(owner);
  await new Promise<void>((resolve) => owner.listen(port, '127.0.0.1', resolve));
  return String(port);
}

function fatalOf({ logs }: NodeProcess): LogRecord {
  const fatal = logs.filter(({ level }) => level === 'fatal');
  expect(fatal).toHaveLength(1);
  return fatal[0] ?? {};
}

/** Its one fatal record, once it has ended with 1. */
async function failure(service: NodeProcess): Promise<LogRecord> {
  expect(await service.exited).toEqual({ code: 1, signal: null });
  return fatalOf(service);
}

function begun(service: TroubledService): string[] {
  return service.told().filter((line) => line.startsWith('> '));
}

async function refused(port: string): Promise<void> {
  await expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow('fetch failed');
}

describe.each(['fastify', 'express'])('PORT that is in use, on %s', (adapter) => {
  it('ends the start with 1 and names the port; everything is released, probes too', async () => {
    const PORT = await takenPort();
    const METRICS_PORT = String(await freePort());
    const service = startTroubled([], { PORT, METRICS_PORT, HTTP_ADAPTER: adapter });

    expect(String((await failure(service.process))['msg'])).toContain(PORT);
    const stops = service.told().filter((line) => line.startsWith('- '));
    expect(stops).toEqual(['- gateway', '- mails', '- orders', '- hook', '- pool', '- second', '- first']);
    await refused(METRICS_PORT);
    // Nothing is waited for that will never come.
    expect(service.messages('error').filter((message) => message.includes('did not'))).toEqual([]);
  });
});

describe('METRICS_PORT', () => {
  it('that is in use ends the start before anything else begins, and is named', async () => {
    const METRICS_PORT = await takenPort();
    const service = startTroubled([], { METRICS_PORT });

    const fatal = await failure(service.process);
    expect(fatal).toMatchObject({ code: 'EGGY_MONITORING_PORT_IN_USE', msg: expect.stringContaining(METRICS_PORT) });
    expect(fatal['action']).toContain('METRICS_PORT');
    expect(begun(service)).toEqual([]);
  });

  it('that is PORT too is refused with the configuration, which names both', async () => {
    const port = String(await freePort());
    const service = startTroubled([], { PORT: port, METRICS_PORT: port });

    const fatal = await failure(service.process);
    expect(fatal).toMatchObject({ code: 'EGGY_CONFIG_INVALID' });
    expect(fatal['msg']).toMatch(/\bPORT\b/);
    expect(fatal['msg']).toMatch(/\bMETRICS_PORT\b/);
    expect(begun(service)).toEqual([]);
  });
});

describe('a port', () => {
  it.each(['-1', '65536', '80abc', ' ', ' 8080 ', '0x50', '8080.0', '1e3', '0080', '+80', '80,81'])(
    'of the form %j is refused, with the variable and what was given',
    async (given) => {
      const service = startTroubled([], { PORT: given, METRICS_PORT: given });

      const fatal = await failure(service.process);
      expect(fatal).toMatchObject({ code: 'EGGY_CONFIG_INVALID' });
      const hint = given === ' 8080 ' ? '; remove the space around it' : '';
      const lines = ['PORT', 'METRICS_PORT'].map(
        (name) => `- ${name} (environment): expected a port from 0 to 65535, got ${JSON.stringify(given)}${hint}`,
      );
      expect(
        String(fatal['msg'])
          .split('\n')
          .slice(1, 3)
          .map((line) => line.trim()),
      ).toEqual(lines);
      expect(begun(service)).toEqual([]);
    },
  );

  it('of 0 is any free one; an empty text is as good as none', async () => {
    const any = startTroubled([], { PORT: '0', METRICS_PORT: '0' });
    const VALUES = JSON.stringify({ PORT: 0, METRICS_PORT: 0, HOST: '127.0.0.1', MONITORING_HOST: '127.0.0.1' });
    const empty = { PORT: '', METRICS_PORT: '', HOST: '', MONITORING_HOST: '' };
    const unset = runNode(LIMITED, { env: users({ VALUES, ...empty }) });
    for (const service of [any.process, unset]) {
      const { url, monitoring_url } = await service.waitForLog('ready');
      for (const one of [url, monitoring_url]) expect(one).toMatch(/^http:\/\/127\.0\.0\.1:[1-9]\d+$/);
      expect((await fetch(`${String(monitoring_url)}/readyz`)).status).toBe(200);
      service.signal('SIGTERM');
      expect(await service.exited).toEqual({ code: 0, signal: null });
    }
  });
});

describe('an address that cannot be bound', () => {
  // An address for documentation and a top-level domain that is never given out: RFC 5737, RFC 6761.
  it.each(['203.0.113.7', 'no-such-name.invalid'])('ends the start with 1 and is named: %s', async (host) => {
    const http = startTroubled([], { HOST: host });
    const monitoring = startTroubled([], { MONITORING_HOST: host });

    const failed = await failure(http.process);
    expect(failed).toMatchObject({ code: 'EGGY_HTTP_LISTEN', msg: expect.stringContaining(host) });
    expect(failed['action']).toContain('HOST');
    expect(http.told().at(-1)).toBe('- first');
    const fatal = await failure(monitoring.process);
    expect(fatal['msg']).toContain(host);
    expect(fatal['action']).toContain('MONITORING_HOST');
    expect(begun(monitoring)).toEqual([]);
  });
});

const PRIVILEGED = '80';
const SETPRIV = 'setpriv';
/** Takes the right to bind any port from root. */
const UNPRIVILEGED = ['--bounding-set', '-net_bind_service', '--inh-caps', '-net_bind_service', '--'];

/** Why no port of this machine can be out of reach for a program. */
function noPrivilegedPorts(): string | undefined {
  try {
    const lowest = Number(readFileSync('/proc/sys/net/ipv4/ip_unprivileged_port_start', 'utf8'));
    if (lowest <= Number(PRIVILEGED)) return `here every user may bind port ${PRIVILEGED}`;
    if (runsAsRoot) execFileSync(SETPRIV, [...UNPRIVILEGED, 'true'], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

const reason = noPrivilegedPorts();

function startUnprivileged(env: Record<string, string>): TroubledService {
  const command = [process.execPath, TROUBLED];
  const [program = '', ...args] = runsAsRoot ? [SETPRIV, ...UNPRIVILEGED, ...command] : command;
  return asTroubled(runProgram(program, args, { env: users(env) }));
}

(reason ? describe.skip : describe)(`a privileged port${reason ? `, left out: ${reason}` : ''}`, () => {
  it('ends the start with 1 and is named', async () => {
    const http = startUnprivileged({ PORT: PRIVILEGED });
    const monitoring = startUnprivileged({ METRICS_PORT: PRIVILEGED });

    const denied = await failure(http.process);
    expect(denied['msg']).toMatch(/127\.0\.0\.1:80\b.*may not bind port 80/);
    expect(denied).toMatchObject({ code: 'EGGY_HTTP_LISTEN', action: expect.stringContaining('PORT') });
    expect(http.told().at(-1)).toBe('- first');
    const fatal = await failure(monitoring.process);
    expect(fatal['msg']).toMatch(/127\.0\.0\.1:80\b.*permission denied/);
    expect(fatal['action']).toContain('METRICS_PORT');
    expect(begun(monitoring)).toEqual([]);
  });
});
