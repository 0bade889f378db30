// What a client of memcached's text protocol could do at best: one pipelined connection whose writes go out together, and
// nothing looked at that need not be. No deadline, no bound, no check of what comes back; values are views of what came.
import { once } from 'node:events';
import { connect } from 'node:net';

const LF = 10;
const ZERO = 48;
const NINE = 57;
const V = 'V'.charCodeAt(0);
const LINE_END = 2;
const END_LINE = 'END\r\n'.length;
const STORED_LINE = 'STORED\r\n'.length;

/** @param {string} host @param {number} port */
export async function rawClient(host, port) {
  const socket = connect({ host, port, noDelay: true });
  await once(socket, 'connect');
  let unsent = '';
  let waiting = [];
  let first = 0;
  let rest;
  let found = [];

  const flush = () => {
    socket.write(unsent, 'latin1');
    unsent = '';
  };
  const ask = (text, isWrite, isMany) =>
    new Promise((resolve) => {
      waiting.push({ resolve, isWrite, isMany });
      if (unsent === '') process.nextTick(flush);
      unsent += text;
    });
  const answer = (value) => {
    waiting[first++].resolve(value);
    if (first < 1024) return;
    waiting = waiting.slice(first);
    first = 0;
  };
  /** Returns where the first reply begins that is not complete. */
  const read = (bytes) => {
    for (let at = 0; ;) {
      if (at === bytes.length) return at;
      if (bytes[at] === V) {
        const end = bytes.indexOf(LF, at);
        if (end < 0) return at;
        let length = 0;
        let digit = end - LINE_END;
        for (let unit = 1; bytes[digit] >= ZERO && bytes[digit] <= NINE; unit *= 10) {
          length += unit * (bytes[digit--] - ZERO);
        }
        const next = end + 1 + length + LINE_END;
        if (next > bytes.length) return at;
        found.push(bytes.subarray(end + 1, next - LINE_END));
        at = next;
        continue;
      }
      const { isWrite, isMany } = waiting[first];
      const next = at + (isWrite ? STORED_LINE : END_LINE);
      if (next > bytes.length) return at;
      at = next;
      if (isWrite) answer();
      else if (isMany) answer(found.splice(0));
      else answer(found.pop());
    }
  };
  socket.on('data', (chunk) => {
    const bytes = rest ? Buffer.concat([rest, chunk]) : chunk;
    const at = read(bytes);
    rest = at < bytes.length ? bytes.subarray(at) : undefined;
  });
  return {
    get: (key) => ask(`get ${key}\r\n`, false, false),
    getMany: (keys) => ask(`get ${keys.join(' ')}\r\n`, false, true),
    set: (key, value) => ask(`set ${key} 0 0 ${value.length}\r\n${value}\r\n`, true, false),
  };
}
