// What every contender of http.bench.mjs has in common: it tells its port, and what it has used when it is asked.

/** @param {number} port */
export function serving(port) {
  let began;
  process.on('message', (message) => {
    if (message === 'begin') {
      began = process.cpuUsage();
      process.send({ begun: true });
    } else if (message === 'end') {
      const { user, system } = process.cpuUsage(began);
      process.send({ cpuMicroseconds: user + system });
    } else if (message === 'heap') {
      // Only with --expose-gc; twice, as the first one may only make weak things collectable.
      globalThis.gc();
      globalThis.gc();
      process.send({ heapUsed: process.memoryUsage().heapUsed });
    }
  });
  process.on('disconnect', () => process.exit(0));
  process.send({ port });
}
