import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';

/** A server that shakes hands like memcached and then answers what a test tells it to. */
export interface ScriptedServer extends AsyncDisposable {
  readonly address: string;
  /** Connections so far. */
  readonly connections: number;
  /** Sends a line that nobody asked for. */
  say(text: string): void;
}

/** @param answer gets the text of each packet, which holds one command or more. */
export async function startScriptedServer(answer: (commands: string, socket: Socket) => void): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((socket) => {
    connections++;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (data) => {
      let commands = data.toString('latin1');
      if (commands.startsWith('version\r\n')) {
        socket.write('VERSION 1.6.0\r\n');
        commands = commands.slice('version\r\n'.length);
      }
      if (commands !== '') answer(commands, socket);
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    address: `127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    say: (text) => {
      for (const socket of sockets) socket.write(text);
    },
    async [Symbol.asyncDispose]() {
      server.close();
      for (const socket of sockets) socket.destroy();
      await once(server, 'close');
    },
  };
}
