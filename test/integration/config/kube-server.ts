import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

const { KUBE_API, KUBE_TOKEN_FILE, KUBE_CA_FILE, KUBE_NAMESPACE } = process.env;

/** Why there is no real server to try. */
export const noServer =
  KUBE_API && KUBE_TOKEN_FILE && KUBE_CA_FILE && KUBE_NAMESPACE
    ? undefined
    : 'KUBE_API, KUBE_TOKEN_FILE, KUBE_CA_FILE and KUBE_NAMESPACE name no server';

interface Answer {
  status: number;
  body: string;
}

/** One namespace of a real API server, with the rights of a token. */
export class KubeServer {
  readonly url = KUBE_API ?? '';
  readonly caFile = KUBE_CA_FILE ?? '';
  readonly namespace = KUBE_NAMESPACE ?? '';

  constructor(readonly tokenFile = KUBE_TOKEN_FILE ?? '') {}

  /** @param path below the namespace, in the group of the API that has it */
  async ask(method: string, path: string, body?: object | string, type = 'application/json'): Promise<Answer> {
    const group = path.startsWith('role') ? 'apis/rbac.authorization.k8s.io/v1' : 'api/v1';
    const sent = request(new URL(`/${group}/namespaces/${this.namespace}/${path}`, this.url), {
      method,
      agent: false,
      ca: readFileSync(this.caFile),
      headers: { authorization: `Bearer ${readFileSync(this.tokenFile, 'utf8').trim()}`, 'content-type': type },
    });
    sent.end(typeof body === 'object' ? JSON.stringify(body) : body);
    const [answer] = (await once(sent, 'response')) as [IncomingMessage];
    return { status: answer.statusCode ?? 0, body: await text(answer) };
  }

  /** @throws Error unless the server did it, or there is no such object (404) */
  async send(...[method, path, body, type]: Parameters<KubeServer['ask']>): Promise<Answer> {
    const answer = await this.ask(method, path, body, type);
    if (answer.status < 300 || answer.status === 404) return answer;
    throw new Error(`${method} ${path} answered ${answer.status}: ${answer.body}`);
  }
}
