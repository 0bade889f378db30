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

  /** Replaces every replica, one after the other; resolves to how the old ones ended. */
  async rollingRestart(): Promise<Exit[]> {
    const exits: Exit[] = [];
    const old = this.#running.slice();
    for (const replica of old) {
      await this.#startOne();
      exits.push(await this.#end(replica));
    }
    return exits;
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
    replica.process.signal('SIGTERM');
    const forgotten = sleep(this.propagationMs).then(() => {
      this.#endpoints = this.#endpoints.filter((port) => port !== replica.port);
    });
    const [exit] = await Promise.all([replica.process.exited, forgotten]);
    this.#running.splice(this.#running.indexOf(replica), 1);
    return exit;
  }
}
