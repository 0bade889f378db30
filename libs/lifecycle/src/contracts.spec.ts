import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { type BackgroundService, Initializer, INITIALIZER_KEY, Service, SERVICE_KEY } from './contracts.js';

describe('Initializer and Service', () => {
  it('mark a class with their options', () => {
    @Initializer({ order: 2, timeout: '30s' })
    class SearchIndex implements Initializer {
      async init(signal: AbortSignal): Promise<void> {
        signal.throwIfAborted();
      }
    }
    @Service({ stopTimeout: '10s' })
    class Orders implements Service {
      async start(): Promise<void> {}
      async stop(): Promise<void> {}
    }
    @Service()
    class Consumer implements BackgroundService {
      constructor(readonly queue: string) {}
      async run(): Promise<void> {}
    }

    expect(Reflect.getMetadata(INITIALIZER_KEY, SearchIndex)).toEqual({ order: 2, timeout: '30s' });
    expect(Reflect.getMetadata(SERVICE_KEY, Orders)).toEqual({ stopTimeout: '10s' });
    expect(Reflect.getMetadata(SERVICE_KEY, Consumer)).toEqual({});
    expect(Reflect.getMetadata(INITIALIZER_KEY, Orders)).toBeUndefined();
    expect(new Consumer('orders').queue).toBe('orders');
  });

  it('mark subclasses too', () => {
    @Service()
    class Base {
      async run(): Promise<void> {}
    }
    class Derived extends Base {}

    expect(Reflect.getMetadata(SERVICE_KEY, Derived)).toEqual({});
  });

  it('go only on classes that keep the contract, as the compiler sees it', () => {
    // @ts-expect-error without init there is nothing to run
    @Initializer()
    class NoInit {}

    // @ts-expect-error what cannot be awaited would always succeed
    @Initializer()
    class SyncInit {
      init(): void {}
    }

    // @ts-expect-error close is awaited as well
    @Initializer()
    class SyncClose {
      async init(): Promise<void> {}
      close(): void {}
    }

    // @ts-expect-error what starts must stop
    @Service()
    class NoStop {
      async start(): Promise<void> {}
    }

    // @ts-expect-error what stops must start
    @Service()
    class NoStart {
      async stop(): Promise<void> {}
    }

    // @ts-expect-error neither start and stop nor run
    @Service()
    class Nothing {}

    // @ts-expect-error the signal is the first argument
    @Service()
    class WrongArgument {
      async run(queue: string): Promise<void> {
        await Promise.resolve(queue);
      }
    }

    // @ts-expect-error a service has no timeout for its start
    @Service({ timeout: '5s' })
    class WrongOption {
      async run(): Promise<void> {}
    }

    // @ts-expect-error a duration has a unit
    @Initializer({ timeout: '5 seconds' })
    class WrongDuration {
      async init(): Promise<void> {}
    }

    const wrong = [NoInit, SyncInit, SyncClose, NoStop, NoStart, Nothing, WrongArgument, WrongOption, WrongDuration];
    expect(wrong).toHaveLength(9);
  });
});
