import type { Server } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Launcher } from '../launcher.js';

type ListenCallback = (...result: unknown[]) => void;

/**
 * Hangs the launcher on Nest's own seam, the HTTP adapter, so that bootstrap() and a plain NestFactory.create start
 * and stop the same way. Nest calls `init` before every onModuleInit, `listen` last, and `beforeClose` before
 * onModuleDestroy; a global module's onModuleInit is not early enough, as a module imported before it goes first.
 *
 * @param register is called once, as the first step of the initializers' phase: the container is complete then.
 */
export function hangOnAdapter(adapter: AbstractHttpAdapter, launcher: Launcher, register: () => void): void {
  const init = adapter.init.bind(adapter);
  const listen = adapter.listen.bind(adapter) as (...args: unknown[]) => unknown;
  const beforeClose = adapter.beforeClose.bind(adapter);

  let initialised: Promise<void> | undefined;
  const initialise = async (): Promise<void> => {
    await launcher.events.phase('execute initializers', async () => {
      register();
      await launcher.runInitializers();
    });
  };
  adapter.init = async () => {
    await init();
    // An app.init() that is tried again must not come up without what failed the first time.
    await (initialised ??= initialise());
  };

  adapter.listen = (...args: unknown[]) => {
    // Nest passes its own callback last and takes an error as its first argument.
    const tell = typeof args.at(-1) === 'function' ? (args.pop() as ListenCallback) : () => undefined;
    const { promise: bound, resolve } = Promise.withResolvers<void>();
    launcher.holdServers(bound);
    const callback: ListenCallback = (...result) => {
      (adapter.getHttpServer() as Server | undefined)?.off('error', resolve);
      resolve();
      tell(...result);
    };
    const startThenListen = async (): Promise<void> => {
      await launcher.events.phase('start services', () => launcher.startServices());
      // Express tells its callback nothing of a port that cannot be bound; Nest hears it from the server.
      (adapter.getHttpServer() as Server | undefined)?.once('error', resolve);
      listen(...args, (...result: unknown[]) => {
        const refusal = result[0] ? undefined : refusalOf(launcher);
        // A stop came while the port was being bound: nobody else would close it again.
        if (refusal) (adapter.getHttpServer() as Server).close();
        callback(...(refusal ?? result));
      });
    };
    startThenListen().catch((error: unknown) => callback(error));
  };

  // Nest awaits it, whatever its type says.
  const drainThenClose = async (): Promise<void> => {
    await launcher.drain('the application is closed');
    await launcher.stopServices();
    beforeClose();
  };
  Object.assign(adapter, { beforeClose: drainThenClose });
}

/** Why the application may not become ready, as the argument of a callback. */
function refusalOf(launcher: Launcher): [unknown] | undefined {
  try {
    launcher.markReady();
    return undefined;
  } catch (error) {
    return [error];
  }
}
