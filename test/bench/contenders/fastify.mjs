// Fastify alone, and with what its users add: its own logger and fastify-metrics.
import Fastify from 'fastify';
import { serving } from './serving.mjs';

const [variant] = process.argv.slice(2);
const observed = variant === 'observed';
const app = Fastify({ logger: observed });
if (observed) await app.register((await import('fastify-metrics')).default, { endpoint: '/metrics' });
app.get('/items/:id', (request, reply) => {
  reply.send({ id: request.params.id, name: 'egg', price: 42 });
});
await app.listen({ port: 0, host: '127.0.0.1' });
serving(app.server.address().port);
