import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfigMapSourceOptions, watchRoleManifest } from '@eggybyte/config';
import { FakeKubeApi } from '../../support/fake-kube-api.js';
import { waitUntil } from '../../support/wait-until.js';
import { KubeServer } from './kube-server.js';

export interface Content {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
  immutable?: boolean;
}

/** Somewhere with one ConfigMap that can be changed, and a server that tells of it to whoever has its Role. */
export interface KubeWorld extends AsyncDisposable {
  readonly access: ConfigMapSourceOptions & { configMap: string; tokenFile: string };
  put(content: Content): Promise<void>;
  annotate(annotations: Record<string, string>): Promise<void>;
  remove(): Promise<void>;
  /** Takes the Role away; it has no effect any more when this resolves. */
  forbid(): Promise<void>;
  allow(): Promise<void>;
  /** Makes another token. The server takes the one in the file no more when this resolves. */
  rotate(): Promise<string>;
}

export async function fakeWorld(): Promise<KubeWorld> {
  const fake = await FakeKubeApi.start();
  const { objects, configMap } = fake;
  const refuse = (refusal: { status: number } | undefined) => {
    fake.refusals.list = refusal;
    fake.refusals.watch = refusal;
  };
  return {
    access: { ...fake.access, configMap },
    put: async (content) => objects.put(configMap, content),
    annotate: async (annotations) => objects.annotate(configMap, annotations),
    remove: async () => objects.remove(configMap),
    forbid: async () => refuse({ status: 403 }),
    allow: async () => refuse(undefined),
    rotate: async () => (fake.token = `token-${randomUUID()}`),
    [Symbol.asyncDispose]: () => fake.stop(),
  };
}

/** A real server. What reads there is a service account with nothing but the Role of {@link watchRoleManifest}. */
class RealWorld implements KubeWorld {
  readonly #name = `eggybyte-test-${randomUUID()}`;
  readonly #path = `configmaps/${this.#name}`;
  readonly #writer = new KubeServer();
  readonly #reader: KubeServer;
  readonly #role: string;
  readonly #binding: string;

  private constructor(readonly folder: string) {
    this.#reader = new KubeServer(join(folder, 'token'));
    const { namespace } = this.#writer;
    const manifests = watchRoleManifest({ name: this.#name, namespace, serviceAccount: this.#name });
    [this.#role = '', this.#binding = ''] = manifests.split('---\n');
  }

  static async open(): Promise<RealWorld> {
    const world = new RealWorld(await mkdtemp(join(tmpdir(), 'real-kube-')));
    await world.#writer.send('POST', 'roles', world.#role, 'application/yaml');
    await writeFile(world.access.tokenFile, await world.#newToken());
    await world.allow();
    return world;
  }

  get access() {
    const { url: server, caFile, namespace, tokenFile } = this.#reader;
    return { server, caFile, namespace, tokenFile, configMap: this.#name };
  }

  async put(content: Content): Promise<void> {
    const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: this.#name }, ...content };
    const { status } = await this.#writer.send('PUT', this.#path, object);
    if (status === 404) await this.#writer.send('POST', 'configmaps', object);
  }

  async annotate(annotations: Record<string, string>): Promise<void> {
    await this.#writer.send('PATCH', this.#path, { metadata: { annotations } }, 'application/merge-patch+json');
  }

  async remove(): Promise<void> {
    await this.#writer.send('DELETE', this.#path);
  }

  async forbid(): Promise<void> {
    await this.#writer.send('DELETE', `rolebindings/${this.#name}-watch`);
    await this.#untilAnswered(403);
  }

  async allow(): Promise<void> {
    await this.#writer.send('POST', 'rolebindings', this.#binding, 'application/yaml');
    await this.#untilAnswered(200);
  }

  async rotate(): Promise<string> {
    await this.#writer.send('DELETE', `serviceaccounts/${this.#name}`);
    const token = await this.#newToken();
    await this.#untilAnswered(401);
    return token;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const roles = [`roles/${this.#name}-watch`, `rolebindings/${this.#name}-watch`];
    for (const path of [this.#path, ...roles, `serviceaccounts/${this.#name}`]) await this.#writer.send('DELETE', path);
    await rm(this.folder, { recursive: true });
  }

  /** Of a service account that is made anew: nothing else ends a token that has been given. */
  async #newToken(): Promise<string> {
    await this.#writer.send('POST', 'serviceaccounts', { metadata: { name: this.#name } });
    const wanted = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', spec: { expirationSeconds: 600 } };
    const { body } = await this.#writer.send('POST', `serviceaccounts/${this.#name}/token`, wanted);
    return (JSON.parse(body) as { status: { token: string } }).status.token;
  }

  /** A server remembers for up to ten seconds whom it knows, and hears of a Role after a moment. */
  async #untilAnswered(status: number): Promise<void> {
    const list = `configmaps?fieldSelector=metadata.name%3D${this.#name}`;
    const isAnswered = async () => (await this.#reader.ask('GET', list)).status === status;
    await waitUntil(isAnswered, { what: `the reader to be answered ${status}`, timeout: 60_000 });
  }
}

export const realWorld = (): Promise<KubeWorld> => RealWorld.open();
