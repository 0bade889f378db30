import { networkInterfaces } from 'node:os';

/** An address of this machine by which it is reached as from another one; `undefined` where it has none. */
export const otherAddress = Object.values(networkInterfaces())
  .flat()
  .find((address) => address?.family === 'IPv4' && !address.internal)?.address;
