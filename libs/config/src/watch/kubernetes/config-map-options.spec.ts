import { describe, expect, it } from '@jest/globals';
import { resolveConfigMapSourceOptions } from './config-map-options.js';

const resolve = (more: object) => resolveConfigMapSourceOptions({ configMap: 'app', ...more });

describe('resolveConfigMapSourceOptions', () => {
  it('reaches the API server as a pod does', () => {
    const folder = '/var/run/secrets/kubernetes.io/serviceaccount';

    expect(resolve({ namespace: undefined })).toEqual({
      configMap: 'app',
      namespace: undefined,
      server: 'https://kubernetes.default.svc',
      serverName: 'kubernetes.default.svc',
      hostHeader: 'kubernetes.default.svc',
      basePath: '',
      host: 'kubernetes.default.svc',
      port: 443,
      caFile: `${folder}/ca.crt`,
      tokenFile: `${folder}/token`,
      namespaceFile: `${folder}/namespace`,
      listTimeoutMs: 10_000,
      watchTimeoutMs: 120_000,
      watchGraceMs: 15_000,
      retryMinMs: 250,
      retryMaxMs: 30_000,
    });
  });

  it('takes a name, port and path of the server, and another place to connect to', () => {
    expect(resolve({ server: 'https://[::1]:6443/k8s/one/' })).toMatchObject({
      server: 'https://[::1]:6443/k8s/one',
      serverName: '::1',
      hostHeader: '[::1]:6443',
      basePath: '/k8s/one',
      host: '::1',
      port: 6443,
    });
    expect(resolve({ host: '10.0.0.1', port: 8443 })).toMatchObject({
      serverName: 'kubernetes.default.svc',
      host: '10.0.0.1',
      port: 8443,
    });
  });

  it.each([
    [{ configMap: '' }, /`configMap`/],
    [{ configMap: 'a,metadata.name=b' }, /`configMap`/],
    [{ configMap: 'App' }, /`configMap`/],
    [{ configMap: 'a'.repeat(254) }, /`configMap`/],
    [{ namespace: '../kube-system' }, /`namespace`/],
    [{ server: 'http://kubernetes' }, /`server`/],
    [{ server: 'kubernetes' }, /`server`/],
    [{ server: 'https://kubernetes/?a=b' }, /`server`/],
    [{ port: 0 }, /`port`/],
    [{ port: '443' }, /`port`/],
    [{ caFile: '' }, /`caFile`/],
    [{ tokenFile: '' }, /`tokenFile`/],
    [{ watchTimeout: 0 }, /`watchTimeout`/],
    [{ retryMax: '30d' }, /`retryMax`/],
    [{ listTimeout: '5' }, /`listTimeout`/],
  ])('refuses %j by name', (options, message) => {
    expect(() => resolve(options)).toThrow(message);
  });

  it('repeats no password of a URL', () => {
    expect(() => resolve({ server: 'https://me:s3cret@kubernetes' })).toThrow(/^(?!.*s3cret).*`server`/);
  });
});
