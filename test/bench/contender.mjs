import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** A server or a client under test in a process of its own. What it logs goes to a pipe that is read. */
export class Contender {
  static async start(program, args = [], execArgv = [], signal) {
    const began = performance.now();
    const child = fork(join(import.meta.dirname, 'contenders', program), args, { silent: true, execArgv });
    child.stdout.resume();
    child.stderr.on('data', (part) => process.stderr.write(part));
    const [{ port }] = await once(child, 'message', { signal });
    return new Contender(child, port, performance.now() - began);
  }

  constructor(child, port, startedMs) {
    this.child = child;
    this.port = port;
    this.startedMs = startedMs;
  }

  async ask(what, signal) {
    this.child.send(what);
    const [answer] = await once(this.child, 'message', { signal });
    return answer;
  }

  async stop() {
    this.child.disconnect();
    await once(this.child, 'exit');
  }
}
