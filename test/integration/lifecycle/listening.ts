import { connect } from 'node:net';

/** Both addresses of `localhost`: an adapter that is given that name binds the two of them. */
const HOSTS = ['127.0.0.1', '::1'];

/** Whether anything on this machine takes a connection on the port. */
export async function isListening(port: number): Promise<boolean> {
  const taken = await Promise.all(HOSTS.map((host) => takesConnection(port, host)));
  return taken.includes(true);
}

function takesConnection(port: number, host: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
