import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { keyPrefix, sharedMemcached } from '../support/cache-server.js';
import { createDatabase } from '../support/database.js';
import { urlDsn } from '../support/dsn.js';
import { startFaultProxy } from '../support/fault-proxy.js';
import { freePort } from '../support/free-port.js';
import { KubeletVolume } from '../support/kubelet-volume.js';
import { startOtlpReceiver } from '../support/otlp-receiver.js';
import { runNode } from '../support/run-node.js';
import { waitUntil } from '../support/wait-until.js';
import { startUsers, users as usersEnv, type UsersService } from './users-service.js';

const CALLING = join(import.meta.dirname, 'fixtures/calling-service.mjs');
const CALLERS = 6;

/** The sample service with all of its parts, and one that calls it; neither is spared anything. */
export interface ObservedServices {
  readonly users: UsersService;
  /** `host:port` of their metrics, by service. */
  readonly targets: { users: string; calling: string };
  /** What `/metrics` tells of the service. */
  metrics(service: 'users' | 'calling'): Promise<string>;
  /** Some hundred requests in a few rounds, of which some are refused and some find nothing. */
  load(rounds: number): Promise<void>;
  /** Everything fails that needs the database, for this long. */
  loseDatabase(ms: number): Promise<void>;
  /** The mounted configuration changes, and then holds a value that is none. */
  reconfigure(): Promise<void>;
}

/** @param cleanup ends what was started, also when the rest of the start fails */
export async function startObservedServices(cleanup: AsyncDisposableStack): Promise<ObservedServices> {
  const folder = await mkdtemp(join(tmpdir(), 'observed-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const volume = new KubeletVolume(join(folder, 'config'));
  volume.write({ LOG_LEVEL: 'info' });
  const database = cleanup.use(await createDatabase('observed'));
  const proxy = cleanup.use(await startFaultProxy({ target: database.address }));
  const receiver = await startOtlpReceiver();
  const users = await startUsers({
    ...receiver.env,
    DATABASE_DSN: urlDsn({ ...database.address, host: proxy.host, port: proxy.port }, database.name),
    CACHE_SERVERS: sharedMemcached(),
    CACHE_KEY_PREFIX: keyPrefix('observed'),
    HEALTH_CHECK_INTERVAL: '200ms',
    ENABLE_K8S_CONFIG_WATCH: 'true',
    CONFIG_DIR: volume.path,
  });
  cleanup.defer(async () => {
    users.process.signal('SIGTERM');
    await users.process.exited;
  });
  const calling = runNode(CALLING, { env: usersEnv({ SERVICE_NAME: 'calling' }), until: 'file' });
  const ready = await calling.waitForLog('ready');
  const [callingUrl, callingMonitoringUrl] = [String(ready['url']), String(ready['monitoring_url'])];
  const nobody = `http://127.0.0.1:${await freePort()}/`;

  const metrics = async (service: 'users' | 'calling') => {
    if (service === 'users') return (await users.probe('/metrics')).text;
    const answer = await calling.fetch(`${callingMonitoringUrl}/metrics`);
    return answer.text();
  };
  const call = async (url: string) => {
    const answer = await calling.fetch(`${callingUrl}/call?url=${encodeURIComponent(url)}`);
    await answer.arrayBuffer();
  };
  let registered = 1;
  const round = async () => {
    const requests = [
      ...Array.from({ length: 10 }, (_, at) => () => users.request('POST', '/users', newUser(registered + at))),
      ...Array.from({ length: 40 }, (_, at) => () => users.request('GET', `/users/${(at % 8) + 1}`)),
      ...Array.from({ length: 10 }, () => () => users.request('GET', '/users?page=1&page_size=5')),
      ...['/users/999999', '/users/abc', '/nowhere'].map((path) => () => users.request('GET', path)),
      () => users.request('POST', '/users', { email: 'ada@example.com', name: 'Another' }),
      ...Array.from({ length: 5 }, () => () => call(`${users.url}/users/1`)),
      () => call(nobody),
    ];
    registered += 10;
    const next = async () => {
      for (let request = requests.shift(); request; request = requests.shift()) await request();
    };
    await Promise.all(Array.from({ length: CALLERS }, next));
  };

  return {
    users,
    targets: { users: new URL(users.monitoringUrl).host, calling: new URL(callingMonitoringUrl).host },
    metrics,
    async load(rounds) {
      for (let n = 0; n < rounds; n++) {
        await round();
        // The next one is seen by another scrape.
        await sleep(1200);
      }
    },
    async loseDatabase(ms) {
      await proxy.cut();
      const end = performance.now() + ms;
      while (performance.now() < end) {
        await Promise.all([users.request('GET', '/users'), call(`${users.url}/users`), sleep(200)]);
      }
      await proxy.heal();
      await waitUntil(async () => (await users.request('GET', '/users')).status === 200, {
        what: 'the database to be back',
        timeout: 20_000,
      });
    },
    async reconfigure() {
      volume.write({ LOG_LEVEL: 'debug' });
      await users.process.waitForLog('configuration reloaded');
      volume.write({ LOG_LEVEL: 'loud' });
      await users.process.waitForLog(({ msg }) => String(msg).includes('is refused'));
    },
  };
}

function newUser(id: number): object {
  return { email: `user${id}@example.com`, name: `User ${id}` };
}
