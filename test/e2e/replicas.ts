import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Exit, type NodeProcess, runNode } from '../support/run-node.js';
import { users } from './users-service.js';

const SLOW = join(import.meta.dirname, 'fixtures/slow-service.mjs');

interface Replica {
  process: NodeProcess;
  port: number;
}

/** Replicas of one service and what a balancer knows of them, as in Kubernetes. */
export class Replicas {
  /** Those that nobody has told to end, the oldest first. */
  readonly #running: Replica[] = [];
  #endpoints: number[] = [];
  #turn = 0;

  constructor(
    private readonly env: Record<string, string>,
    /** Time from a SIGTERM to the moment when the balancer stops sending there, in milliseconds. */
    private readonly propagationMs: number,
  ) {}

  async start(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#startOne()));
  }

  /** The port of some replica that the balancer believes to be ready. */
  pick(): number {
    const port = this.#endpoints[this.#turn++ % this.#endpoints.length];
    if (port === undefined) throw new Error('The balancer knows no endpoint');
    return port;
  }

  /**
   * Replaces every replica so many times, one after the other; resolves to how the old ones ended. As in a Deployment, the
   * next one is started as soon as an old one has been told to end.
   */
  async rollingRestart(times: number): Promise<Exit[]> {
    const exits: Promise<Exit>[] = [];
    for (let steps = times * this.#running.length; steps > 0; steps--) {
      await this.#startOne();
      const oldest = this.#running[0];
      if (oldest) exits.push(this.#end(oldest));
    }
    return Promise.all(exits);
  }

  async stop(): Promise<Exit[]> {
    return Promise.all(this.#running.slice().map((replica) => this.#end(replica)));
  }

  async #startOne(): Promise<void> {
    const service = runNode(SLOW, { env: users(this.env), until: 'file' });
    const { url } = await service.waitForLog('ready');
    const port = Number(new URL(String(url)).port);
    this.#running.push({ process: service, port });
    this.#endpoints.push(port);
  }

  async #end(replica: Replica): Promise<Exit> {
    this.#running.splice(this.#running.indexOf(replica), 1);
    replica.process.signal('SIGTERM');
    const forgotten = sleep(this.propagationMs).then(() => {
      this.#endpoints = this.#endpoints.filter((port) => port !== replica.port);
    });
    const [exit] = await Promise.all([replica.process.exited, forgotten]);
    return exit;
  }
}
