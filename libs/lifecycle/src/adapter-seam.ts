import type { Server } from 'node:http';
import type { AbstractHttpAdapter } from '@nestjs/core';
import type { Launcher } from './launcher.js';

type ListenCallback = (...result: unknown[]) => void;

/**
 * Hangs the launcher on Nest's own seam, the HTTP adapter, so that bootstrap() and a plain NestFactory.create start
 * and stop the same way. Nest calls `init` before every onModuleInit, `listen` last, and `beforeClose` before
 * onModuleDestroy; a global module's onModuleInit is not early enough, as a module imported before it goes first.
 *
 * @param register is called before the initializers run: the container is complete then.
 */
export function hangOnAdapter(adapter: AbstractHttpAdapter, launcher: Launcher, register: () => void): void {
  const init = adapter.init.bind(adapter);
  const listen = adapter.listen.bind(adapter) as (...args: unknown[]) => unknown;
  const beforeClose = adapter.beforeClose.bind(adapter);

  let initialised = false;
  adapter.init = async () => {
    await init();
    if (initialised) return;
    initialised = true;
    await launcher.events.phase('register initializers', register);
    await launcher.events.phase('execute initializers', () => launcher.runInitializers());
  };

  adapter.listen = (...args: unknown[]) => {
    // Nest always passes its own callback last and takes an error as its first argument.
    const callback = args.pop() as ListenCallback;
    const startThenListen = async (): Promise<void> => {
      await launcher.events.phase('start services', () => launcher.startServices());
      listen(...args, (...result: unknown[]) => {
        try {
          if (!(result[0] instanceof Error)) launcher.markReady();
          callback(...result);
        } catch (interrupted) {
          // A stop came while the port was being bound: nobody else would close it again.
          (adapter.getHttpServer() as Server).close();
          callback(interrupted);
        }
      });
    };
    startThenListen().catch((error: unknown) => callback(error));
  };

  // Nest awaits it, whatever its type says.
  adapter.beforeClose = (async () => {
    await launcher.drain('the application is closed');
    await launcher.stopServices();
    beforeClose();
  }) as () => void;
}
