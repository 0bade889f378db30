import type { ChildProcess } from 'node:child_process';
import { ended, spawnOwned } from './owned-process.js';
import { waitUntil } from './wait-until.js';

export interface ServerProcessOptions {
  /** Told in error messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** System user that the server runs as when the tests run as root. */
  user?: string;
  /** Resolves once the server answers; repeated until it does. */
  ready: () => Promise<void>;
}

const READY_TIMEOUT = 60_000;
const STOP_TIMEOUT = 10_000;
const KEPT_OUTPUT = 4000;

/** A server that belongs to the tests: started, frozen, killed and restarted at will, on a port that stays the same. */
export class ServerProcess {
  readonly #options: ServerProcessOptions;
  #child: ChildProcess | undefined;

  constructor(options: ServerProcessOptions) {
    this.#options = options;
  }

  /** Resolves when the server answers. */
  async start(): Promise<void> {
    const { name, command, args, user, ready } = this.#options;
    const child = spawnOwned(command, args, { stdio: ['ignore', 'pipe', 'pipe'] }, user);
    this.#child = child;
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT)));
    }
    const failed = new Promise<never>((_resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${name} did not start: ${why}\n${output}`));
      child.once('error', (error) => fail(error.message));
      child.once('close', (code, signal) => fail(`it ended with ${signal ?? code}`));
    });
    // Ending later is no failure of the start.
    failed.catch(() => undefined);
    const answers = waitUntil(() => ready().then(() => true), { timeout: READY_TIMEOUT, what: `${name} to answer` });
    try {
      await Promise.race([answers, failed]);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Freezes the server: its sockets stay open and nothing answers. */
  pause(): void {
    this.#running.kill('SIGSTOP');
  }

  /** Undoes {@link pause}. */
  resume(): void {
    this.#running.kill('SIGCONT');
  }

  /** Ends the server as a crash does (SIGKILL). Its data stay; {@link start} brings it back. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Ends the server in an orderly way, also a frozen one; its data stay. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#child = undefined;
    child.kill(signal);
    child.kill('SIGCONT');
    const timer = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT);
    await ended(child);
    clearTimeout(timer);
  }

  get #running(): ChildProcess {
    if (!this.#child) throw new Error(`${this.#options.name} is not running`);
    return this.#child;
  }
}
