// A load of keep-alive connections over raw sockets, which costs the machine less than a client would.
import { connect } from 'node:net';

const CONNECTIONS = 32;
const CLOSING_BRACE = 125;

/** What Node's fetch sends. */
const HEADERS = {
  host: 'shop.example.com',
  connection: 'keep-alive',
  accept: '*/*',
  'accept-language': '*',
  'sec-fetch-mode': 'cors',
  'user-agent': 'node',
  'accept-encoding': 'gzip, deflate',
};
const HEAD = Object.entries(HEADERS)
  .map(([name, value]) => `${name}: ${value}\r\n`)
  .join('');

/**
 * Sends so many requests, one at a time on each connection. The answers are small, come in one piece and end in a brace.
 * Meanwhile this process never sleeps: the kernel would let the server that answers pay for waking it, as it does on no
 * server whose clients are elsewhere.
 *
 * @param {number} port @param {number} count @param {(n: number) => string} path
 */
export function load(port, count, path = () => '/items/7') {
  let sent = 0;
  let answered = 0;
  return new Promise((resolve, reject) => {
    const stayAwake = () => void (answered < count && setImmediate(stayAwake));
    stayAwake();
    for (let at = 0; at < CONNECTIONS; at++) {
      const socket = connect(port, '127.0.0.1');
      const next = () => {
        if (sent >= count) return socket.end();
        return socket.write(`GET ${path(sent++)} HTTP/1.1\r\n${HEAD}\r\n`);
      };
      socket.on('connect', next).on('error', reject);
      socket.on('data', (part) => {
        if (part.at(-1) !== CLOSING_BRACE) return;
        if (++answered === count) resolve();
        next();
      });
    }
  });
}
