// Moleculer with its metrics on, behind a plain server of Node.
import { createServer } from 'node:http';
import { ServiceBroker } from 'moleculer';
import { serving } from './serving.mjs';

const broker = new ServiceBroker({ logger: false, metrics: { enabled: true, reporter: [] } });
broker.createService({
  name: 'items',
  actions: { get: ({ params }) => ({ id: params.id, name: 'egg', price: 42 }) },
});
await broker.start();

const server = createServer((request, response) => {
  void broker.call('items.get', { id: request.url.slice('/items/'.length) }).then((item) => {
    const body = JSON.stringify(item);
    response.writeHead(200, {
      'Content-Type': 'application/json; charset=utf-8',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  });
});
server.listen(0, '127.0.0.1', () => serving(server.address().port));
