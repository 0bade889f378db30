import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { ConfigMapSourceOptions } from '@eggybyte/config';
import { FakeKubeApi } from '../../support/fake-kube-api.js';

/** Somewhere with one ConfigMap that can be changed, and a server that tells of it. */
export interface KubeWorld extends AsyncDisposable {
  readonly access: ConfigMapSourceOptions;
  put(data: Record<string, string> | undefined, binaryData?: Record<string, string>): Promise<void>;
  annotate(annotations: Record<string, string>): Promise<void>;
  remove(): Promise<void>;
}

export async function fakeWorld(): Promise<KubeWorld> {
  const fake = await FakeKubeApi.start();
  const { objects, configMap } = fake;
  return {
    access: { ...fake.access, configMap },
    put: async (data, binaryData) =>
      objects.put(configMap, { ...(data && { data }), ...(binaryData && { binaryData }) }),
    annotate: async (annotations) => objects.annotate(configMap, annotations),
    remove: async () => objects.remove(configMap),
    [Symbol.asyncDispose]: () => fake.stop(),
  };
}

const { KUBE_API, KUBE_TOKEN_FILE, KUBE_CA_FILE, KUBE_NAMESPACE } = process.env;

/** Why there is no real server to try. */
export const noServer =
  KUBE_API && KUBE_TOKEN_FILE && KUBE_CA_FILE && KUBE_NAMESPACE
    ? undefined
    : 'KUBE_API, KUBE_TOKEN_FILE, KUBE_CA_FILE and KUBE_NAMESPACE name no server';

/** A real API server; its token must be allowed to create, update, patch and delete ConfigMaps of the namespace, too. */
export async function realWorld(): Promise<KubeWorld> {
  const [server = '', tokenFile = '', caFile = '', namespace = ''] = [
    KUBE_API,
    KUBE_TOKEN_FILE,
    KUBE_CA_FILE,
    KUBE_NAMESPACE,
  ];
  const name = `eggybyte-test-${randomUUID()}`;
  const all = `/api/v1/namespaces/${namespace}/configmaps`;
  const send = async (method: string, path: string, body?: object, type = 'application/json'): Promise<number> => {
    const sent = request(new URL(path, server), {
      method,
      agent: false,
      ca: readFileSync(caFile),
      headers: { authorization: `Bearer ${readFileSync(tokenFile, 'utf8').trim()}`, 'content-type': type },
    });
    sent.end(body && JSON.stringify(body));
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    const said = await text(answer);
    const status = answer.statusCode ?? 0;
    if (status >= 300 && status !== 404) throw new Error(`${method} ${path} answered ${status}: ${said}`);
    return status;
  };
  const remove = async () => {
    await send('DELETE', `${all}/${name}`);
  };
  return {
    access: { server, tokenFile, caFile, namespace, configMap: name },
    put: async (data, binaryData) => {
      const object = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name }, data, binaryData };
      const status = await send('PUT', `${all}/${name}`, object);
      if (status === 404) await send('POST', all, object);
    },
    annotate: async (annotations) => {
      await send('PATCH', `${all}/${name}`, { metadata: { annotations } }, 'application/merge-patch+json');
    },
    remove,
    [Symbol.asyncDispose]: remove,
  };
}
