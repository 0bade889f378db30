import { createServer } from 'node:net';

/** Below Linux' ephemeral range, so that an outgoing connection never takes a port between the check and its use. */
const LOWEST = 12_000;
const HIGHEST = 32_000;
const ATTEMPTS = 100;

const given = new Set<number>();

/** A port of this machine that nothing listens on, never given out twice by this process. */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = LOWEST + Math.floor(Math.random() * (HIGHEST - LOWEST));
    if (given.has(port)) continue;
    if (await canBind(port)) {
      given.add(port);
      return port;
    }
  }
  throw new Error(`No free port found between ${LOWEST} and ${HIGHEST} in ${ATTEMPTS} attempts`);
}

function canBind(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '0.0.0.0', () => server.close(() => resolve(true)));
  });
}
