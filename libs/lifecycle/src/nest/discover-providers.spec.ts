import 'reflect-metadata';
import { Controller, forwardRef, Global, Inject, Injectable, Module, Scope, type Type } from '@nestjs/common';
import { ModulesContainer, NestFactory } from '@nestjs/core';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type BackgroundService, Service, SERVICE_KEY, type ServiceOptions } from '../contracts.js';
import { discoverByMethod, discoverProviders } from './discover-providers.js';

/** A decorated class of this name; it needs no @Injectable(). */
function job(name: string, options: ServiceOptions = {}): Type<BackgroundService> {
  class Job implements BackgroundService {
    async run(): Promise<void> {}
    async onDrain(): Promise<void> {}
  }
  Object.defineProperty(Job, 'name', { value: name });
  Service(options)(Job);
  return Job;
}

describe('discoverProviders', () => {
  const contexts: { close(): Promise<void> }[] = [];
  afterEach(() => Promise.all(contexts.splice(0).map((context) => context.close())));

  async function containerOf(root: Type): Promise<ModulesContainer> {
    const context = await NestFactory.createApplicationContext(root, { logger: false, abortOnError: false });
    contexts.push(context);
    return context.get(ModulesContainer);
  }
  async function namesIn(root: Type): Promise<string[]> {
    return discoverProviders<BackgroundService, ServiceOptions>(await containerOf(root), SERVICE_KEY).map(
      ({ name }) => name,
    );
  }

  it('finds the deepest module first, then goes by the order of providers, the module class last', async () => {
    @Module({ providers: [job('Deep2'), job('Deep1')] })
    class Deep {}
    @Module({ imports: [Deep], providers: [job('Middle')] })
    class Middle {}
    @Global()
    @Module({ providers: [job('Global')] })
    class Everywhere {}
    @Service()
    @Module({ imports: [Middle, Everywhere], providers: [job('B'), job('A')] })
    class Root implements BackgroundService {
      async run(): Promise<void> {}
    }

    expect(await namesIn(Root)).toEqual(['Global', 'Deep2', 'Deep1', 'Middle', 'B', 'A', 'Root']);
  });

  it('gives instance, class name and options', async () => {
    const Orders = job('Orders', { stopTimeout: '10s' });
    @Module({ providers: [Orders] })
    class Root {}

    const modules = await containerOf(Root);

    expect(discoverProviders(modules, SERVICE_KEY)).toEqual([
      { instance: expect.any(Orders), name: 'Orders', options: { stopTimeout: '10s' } },
    ]);
  });

  it('finds what a factory made, also later, and what is given as a value', async () => {
    const [Made, Later, Given] = [job('Made'), job('Later'), job('Given')];
    @Module({
      providers: [
        { provide: 'made', useFactory: () => new Made() },
        { provide: 'later', useFactory: async () => Promise.resolve(new Later()) },
        { provide: 'given', useValue: new Given() },
      ],
    })
    class Root {}

    expect(await namesIn(Root)).toEqual(['Made', 'Later', 'Given']);
  });

  it('counts one instance under several tokens once, where its own provider stands', async () => {
    const [Orders, First] = [job('Orders'), job('First')];
    @Module({
      providers: [
        { provide: 'alias', useExisting: Orders },
        First,
        Orders,
        { provide: 'same', useFactory: (orders: unknown) => orders, inject: [Orders] },
      ],
      exports: ['alias', Orders],
    })
    class Deep {}
    @Module({ imports: [Deep], providers: [{ provide: 'again', useExisting: 'alias' }] })
    class Root {}

    expect(await namesIn(Root)).toEqual(['First', 'Orders']);
  });

  it('finds two instances of one class', async () => {
    const Worker = job('Worker');
    @Module({
      providers: [
        { provide: 'a', useFactory: () => new Worker() },
        { provide: 'b', useClass: Worker },
      ],
    })
    class Root {}

    expect(await namesIn(Root)).toEqual(['Worker', 'Worker']);
  });

  it('finds controllers and subclasses', async () => {
    const Base = job('Base');
    class Derived extends Base {}
    @Service()
    @Controller()
    class Front implements BackgroundService {
      async run(): Promise<void> {}
    }
    @Module({ controllers: [Front], providers: [Derived] })
    class Root {}

    expect(await namesIn(Root)).toEqual(['Derived', 'Front']);
  });

  it('finds each of two modules that import each other', async () => {
    @Module({ imports: [forwardRef(() => Right)], providers: [job('Left')] })
    class Left {}
    @Module({ imports: [forwardRef(() => Left)], providers: [job('Right')] })
    class Right {}

    expect((await namesIn(Left)).toSorted()).toEqual(['Left', 'Right']);
  });

  it('passes over everything that is not marked, whatever it is', async () => {
    const odd = [undefined, null, 0, 'text', Symbol('s'), [], new Map(), Object.create(null), () => 1, job('AsValue')];
    @Module({ providers: odd.map((useValue: unknown, at) => ({ provide: `odd ${at}`, useValue })) })
    class Root {}

    expect(await namesIn(Root)).toEqual([]);
  });

  describe('refuses', () => {
    const refused = async (root: Type) => {
      const modules = await containerOf(root);
      return () => discoverProviders(modules, SERVICE_KEY);
    };
    const scopeError = (name: string) => `Provider \`${name}\` is request-scoped or transient`;

    it.each([
      ['request-scoped', Scope.REQUEST],
      ['transient', Scope.TRANSIENT],
    ])('a %s class', async (_, scope) => {
      const Scoped = job('Scoped');
      Injectable({ scope })(Scoped);
      @Module({ providers: [Scoped] })
      class Root {}

      expect(await refused(Root)).toThrow(scopeError('Scoped'));
    });

    it('a class that a factory makes per request', async () => {
      const Made = job('Made');
      @Module({ providers: [{ provide: Made, scope: Scope.REQUEST, useFactory: () => new Made() }] })
      class Root {}

      expect(await refused(Root)).toThrow(scopeError('Made'));
    });

    it('a class that is request-scoped by what it injects', async () => {
      @Injectable({ scope: Scope.REQUEST })
      class Request {}
      @Service()
      class Tainted implements BackgroundService {
        constructor(@Inject(Request) readonly request: Request) {}
        async run(): Promise<void> {}
      }
      @Module({ providers: [Tainted, Request] })
      class Root {}

      expect(await refused(Root)).toThrow(scopeError('Tainted'));
    });
  });

  it('keeps two containers apart', async () => {
    const Orders = job('Orders');
    @Module({ providers: [Orders] })
    class Root {}

    const [one, other] = [await containerOf(Root), await containerOf(Root)];
    const [first] = discoverProviders(one, SERVICE_KEY);
    const [second] = discoverProviders(other, SERVICE_KEY);

    expect(first?.instance).toBeInstanceOf(Orders);
    expect(first?.instance).not.toBe(second?.instance);
  });

  describe('by method', () => {
    it('finds singletons with the method, in the same order, each once', async () => {
      const [Deep1, Outer] = [job('Deep1'), job('Outer')];
      @Module({ providers: [Deep1, { provide: 'plain', useValue: { onDrain: async () => undefined } }] })
      class Deep {}
      @Module({
        imports: [Deep],
        providers: [
          { provide: 'alias', useExisting: Outer },
          Outer,
          { provide: 'no method', useValue: { onDrain: true } },
        ],
      })
      class Root {}

      const found = discoverByMethod<{ onDrain(): Promise<void> }>(await containerOf(Root), 'onDrain');

      expect(found.map(({ constructor }) => constructor.name)).toEqual(['Deep1', 'Object', 'Outer']);
    });

    it('passes over what is not a singleton, and what is nothing', async () => {
      const Scoped = job('Scoped');
      Injectable({ scope: Scope.REQUEST })(Scoped);
      @Module({ providers: [Scoped, { provide: Map, useValue: undefined }, { provide: Object, useValue: null }] })
      class Root {}

      expect(discoverByMethod(await containerOf(Root), 'onDrain' as never)).toEqual([]);
    });
  });
});
