// Node's own server, with the answer of the others.
import { createServer } from 'node:http';
import { serving } from './serving.mjs';

const server = createServer((request, response) => {
  const body = JSON.stringify({ id: request.url.slice('/items/'.length), name: 'egg', price: 42 });
  response.writeHead(200, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': Buffer.byteLength(body),
  });
  response.end(body);
});
server.listen(0, '127.0.0.1', () => serving(server.address().port));
