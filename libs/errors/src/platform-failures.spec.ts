import 'reflect-metadata';
import { createServer, connect, type AddressInfo } from 'node:net';
import { Inject, Injectable, Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { describe, expect, it } from '@jest/globals';
import { describeFailure } from './failure-report.js';

const failureOf = (root: new () => unknown): Promise<unknown> =>
  NestFactory.createApplicationContext(root, { logger: false, abortOnError: false }).then(
    () => 'no failure',
    (error: unknown) => error,
  );

@Injectable()
class Mailer {}

@Injectable()
class Users {
  constructor(readonly mailer: Mailer) {}
}

@Injectable()
class Orders {
  @Inject('QUEUE') readonly queue!: unknown;
}

@Injectable()
class Parcels {
  constructor(@Inject(undefined) readonly size: string) {}
}

@Module({ providers: [Users] })
class WithoutMailer {}
@Module({ providers: [Orders] })
class WithoutQueue {}
@Module({ imports: [undefined as unknown as typeof WithoutQueue] })
class WithHole {}
@Module({ exports: [Mailer] })
class ExportsWhatItHasNot {}

describe('a container that Nest cannot make', () => {
  it('names what is missing, for whom and where, and what to add', async () => {
    expect(describeFailure(await failureOf(WithoutMailer))).toEqual({
      code: 'UnknownDependenciesException',
      description:
        'Nest cannot make `Users`: nothing provides `Mailer` (argument 0 of its constructor) in `WithoutMailer`',
      causes: [expect.stringContaining("Nest can't resolve dependencies of the Users")],
      action: 'add `Mailer` to the providers of `WithoutMailer`, or import the module that exports it',
    });
  });

  it('names a property and its token', async () => {
    const { description, action } = describeFailure(await failureOf(WithoutQueue));
    expect(description).toContain('Nest cannot make `Orders`: nothing provides `QUEUE` (property `queue`)');
    expect(action).toContain('add `QUEUE` to the providers');
  });

  it.each([
    ['an import that is undefined', WithHole, 'UndefinedModuleException', /circular dependency/i],
    ['an export that nobody provides', ExportsWhatItHasNot, 'UnknownExportException', /./],
  ])('tells the first sentence and the hints of Nest: %s', async (_, root, code, action) => {
    const report = describeFailure(await failureOf(root));
    expect(report).toMatchObject({ code, action: expect.stringMatching(action) });
    expect(report.description).not.toMatch(/Potential|\n\n/);
    expect(report.stack).toBeUndefined();
  });

  it('says that a type is not known at run time', async () => {
    @Module({ providers: [Parcels] })
    class WithoutSize {}
    expect(describeFailure(await failureOf(WithoutSize))).toMatchObject({ action: expect.any(String) });
  });
});

describe('an error of Node', () => {
  it('tells its code, what to do, and the place by its stack', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    const { port } = server.address() as AddressInfo;
    await new Promise((resolve) => server.close(resolve));
    const refused = await new Promise<Error>((resolve) => connect(port, '127.0.0.1').once('error', resolve));
    const error = new TypeError('fetch failed', { cause: refused });

    expect(describeFailure(error)).toEqual({
      code: 'ECONNREFUSED',
      description: `fetch failed: connect ECONNREFUSED 127.0.0.1:${port}`,
      causes: ['fetch failed', `connect ECONNREFUSED 127.0.0.1:${port}`],
      action: 'start what has to listen there, or correct its address',
      stack: error.stack,
    });
  });

  it.each([
    ['ENOTFOUND', /DNS/],
    ['CERT_HAS_EXPIRED', /renew the certificate/],
    ['SELF_SIGNED_CERT_IN_CHAIN', /CA that issued/],
    ['EMFILE', /ulimit -n/],
    ['ENOSPC', /free space/],
    ['ERR_MODULE_NOT_FOUND', /install the package/],
  ])('knows %s', (code, action) => {
    expect(describeFailure(Object.assign(new Error('it failed'), { code }))).toMatchObject({
      code,
      action: expect.stringMatching(action),
    });
  });

  it('has words for one of several attempts, which has none', () => {
    const attempts = ['::1', '127.0.0.1'].map((address) => new Error(`connect ECONNREFUSED ${address}:1`));
    const error = Object.assign(new AggregateError(attempts), { code: 'ECONNREFUSED' });
    expect(describeFailure(new TypeError('fetch failed', { cause: error }))).toMatchObject({
      code: 'ECONNREFUSED',
      description: 'fetch failed: connect ECONNREFUSED ::1:1; connect ECONNREFUSED 127.0.0.1:1',
    });
  });

  it.each(['EGGY', 'toString', '__proto__', 42])('is not known by the code %p', (code) => {
    expect(describeFailure(Object.assign(new Error('it failed'), { code }))).not.toHaveProperty('action');
  });
});
