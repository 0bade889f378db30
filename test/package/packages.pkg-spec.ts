import { spawnSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort } from '../support/free-port.js';
import { runNode } from '../support/run-node.js';
import { type Consumer, createConsumer, packLibs, type Tarball } from './consumer.js';

const ROOT = join(import.meta.dirname, '../..');
const LIBS = readdirSync(join(ROOT, 'libs'));
const LONG = 300_000;
const REQUIRED = ['package.json', 'README.md', 'dist/index.js', 'dist/index.d.ts'];
/** Besides code: what operators take. */
const MADE: Record<string, string[]> = {
  monitoring: ['deploy/grafana-dashboard.json', 'deploy/prometheus-rules.yml'],
  observability: ['METRICS.md'],
};
const SHIPPED = /^(?:package\.json|README\.md|LICENSE|METRICS\.md|deploy\/.+|dist\/.+\.(?:js|js\.map|d\.ts))$/;

describe('packages', () => {
  let folder: string;
  let tarballs: Tarball[];

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'eggy-pack-'));
    tarballs = await packLibs(folder);
  }, LONG);

  afterAll(() => rm(folder, { recursive: true, force: true }));

  describe.each(LIBS)('%s', (lib) => {
    const tarball = () => {
      const found = tarballs.find(({ name }) => name === `@eggybyte/${lib}`);
      if (!found) throw new Error(`${lib} was not packed`);
      return found;
    };

    it('holds what was built, its README and its manifest, and no spec', () => {
      const { files } = tarball();

      expect(files.filter((file) => !SHIPPED.test(file) || file.includes('.spec.'))).toEqual([]);
      expect([...REQUIRED, ...(MADE[lib] ?? [])].filter((file) => !files.includes(file))).toEqual([]);
    });

    it('is well-formed for publint', () => {
      expect(tool('publint', 'run', tarball().path, '--strict')).toEqual({ status: 0, output: '' });
    });

    it('has types that resolve for attw', () => {
      expect(tool('attw', tarball().path, '--profile', 'esm-only', '--no-color')).toEqual({ status: 0, output: '' });
    });
  });

  describe('installed in an empty project', () => {
    let consumer: Consumer;

    beforeAll(async () => {
      consumer = await createConsumer(tarballs);
    }, LONG);

    afterAll(async () => {
      await consumer?.[Symbol.asyncDispose]();
    });

    it.each([
      ['ESM', 'service.mjs'],
      ['CommonJS', 'service.cjs'],
    ])(
      'serve from %s and end on SIGTERM with 0',
      async (kind, entry) => {
        const [port, metricsPort] = [await freePort(), await freePort()];
        const env = { ENVIRONMENT: 'test', HOST: '127.0.0.1', PORT: String(port), METRICS_PORT: String(metricsPort) };

        const service = runNode(join(consumer.folder, entry), { cwd: consumer.folder, env });
        await service.waitForAnswer(`http://127.0.0.1:${metricsPort}/readyz`);
        const answer = await fetch(`http://127.0.0.1:${port}/greeting`);

        expect(await answer.json()).toEqual({ text: `hello from ${kind}` });
        service.signal('SIGTERM');
        expect(await service.exited).toEqual({ code: 0, signal: null });
      },
      60_000,
    );
  });
});

/** Runs a tool of the workspace; its output is only told when it fails. */
function tool(name: string, ...args: string[]): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(ROOT, 'node_modules/.bin', name), ...args], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { status, output: status === 0 ? '' : stdout + stderr };
}
