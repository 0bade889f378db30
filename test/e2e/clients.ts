import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import type { Replicas } from './replicas.js';

/** `request`: the balancer picks a replica for each request; `connection`: for each connection, which then sticks. */
export type Balancing = 'request' | 'connection';

export interface Tally {
  total: number;
  /** What went wrong, each as one line. */
  failed: string[];
}

/** Keep-alive clients that send one request after the other and never try one again. */
export class Clients {
  readonly #tally: Tally = { total: 0, failed: [] };
  readonly #agents: Agent[] = [];
  readonly #workers: Promise<void>[];
  #stopped = false;

  constructor(
    private readonly replicas: Replicas,
    balancing: Balancing,
    workers: number,
  ) {
    this.#workers = Array.from({ length: workers }, () => this.#work(balancing));
  }

  async stop(): Promise<Tally> {
    this.#stopped = true;
    await Promise.all(this.#workers);
    for (const agent of this.#agents) agent.destroy();
    return this.#tally;
  }

  async #work(balancing: Balancing): Promise<void> {
    const sticky = this.#agent(() => this.replicas.pick());
    const byPort = new Map<number, Agent>();
    while (!this.#stopped) {
      this.#tally.total++;
      if (balancing === 'connection') await this.#send(sticky);
      else {
        const port = this.replicas.pick();
        let agent = byPort.get(port);
        if (!agent) byPort.set(port, (agent = this.#agent(() => port)));
        await this.#send(agent);
      }
    }
  }

  /** One connection at a time, made to a port that is picked when it is made. */
  #agent(port: () => number): Agent {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    agent.createConnection = () => connect({ host: '127.0.0.1', port: port(), noDelay: true });
    this.#agents.push(agent);
    return agent;
  }

  async #send(agent: Agent): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const fail = (why: string): void => {
      this.#tally.failed.push(why);
      resolve();
    };
    request({ agent, path: '/work' }, (answer) => {
      if (answer.statusCode !== 200) this.#tally.failed.push(`status ${answer.statusCode}`);
      answer.on('error', (error) => fail(error.message));
      answer.on('close', resolve);
      answer.resume();
    })
      .on('error', (error) => fail(error.message))
      .end();
    await promise;
  }
}
