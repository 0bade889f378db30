import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@nestjs/common';
import type { SslOptions } from 'mysql2';
import { outsideContext } from '@eggybyte/observability';
import { DEFAULT_DATA_SOURCE, loggerOf } from '../data-source/data-source-name.js';
import { TlsMaterialError } from '../database.errors.js';
import type { DsnTls, MysqlDsn } from '../dsn/dsn.js';

/** Certificates and keys for TLS with the server, all in PEM. */
export interface DatabaseTls {
  /** The authorities that the server's certificate must come from; one after the other while they change. */
  ca?: string | undefined;
  /** Certificate of this client, for a server that asks for one; with the key that belongs to it. */
  cert?: string | undefined;
  key?: string | undefined;
}

export type TlsSource = DatabaseTls | (() => DatabaseTls | undefined) | undefined;

/** Only what is there. */
type Material = Partial<Record<keyof DatabaseTls, string>>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const VERIFIED: DsnTls = { verify: 'identity', fallback: false, config: undefined };

/** The TLS of connections to one database, with material that may be renewed while the process runs. */
export class TlsMaterial {
  readonly #logger: Logger;
  #material: Material = {};
  #told = '';
  /** The same object for as long as the material is the same: the driver keeps contexts and sessions by it. */
  #ssl: SslOptions | undefined;

  /** @throws TlsMaterialError for what cannot be used */
  constructor(
    private readonly source: TlsSource,
    private readonly dsn: Pick<MysqlDsn, 'address' | 'tls'>,
    dataSource: string = DEFAULT_DATA_SOURCE,
  ) {
    this.#logger = loggerOf('Database', dataSource);
    this.#take(materialOf(source));
  }

  /** For the next connection. What was renewed and cannot be used is told, and the one before goes on being used. */
  next(): SslOptions | undefined {
    try {
      const material = materialOf(this.source);
      if (!isDeepStrictEqual(material, this.#material)) {
        this.#take(material);
        const msg = 'The TLS material of the database has changed: connections made from now on use it';
        outsideContext(() => this.#logger.log(msg));
      }
      this.#told = '';
    } catch (error) {
      const { message } = error as Error;
      const msg = `${message} Connections go on using the one before`;
      if (message !== this.#told) outsideContext(() => this.#logger.error(msg));
      this.#told = message;
    }
    return this.#ssl;
  }

  #take(material: Material): void {
    check(material);
    this.#material = material;
    const asked = askedTls(this.dsn, material);
    this.#ssl = asked ? sslOptions(asked, material) : undefined;
  }
}

/** Whether connections to a DSN are to be encrypted, with what the source has now. */
export function asksForTls(dsn: Pick<MysqlDsn, 'address' | 'tls'>, source: TlsSource): boolean {
  return Boolean(askedTls(dsn, materialOf(source)));
}

/** Over a socket of this machine there is nobody to be protected from, and no host name. */
function askedTls({ tls, address }: Pick<MysqlDsn, 'address' | 'tls'>, material: Material): MysqlDsn['tls'] {
  return tls === undefined && 'host' in address && Object.keys(material).length > 0 ? VERIFIED : tls;
}

function materialOf(source: TlsSource): Material {
  const { ca, cert, key } = (typeof source === 'function' ? source() : source) ?? {};
  return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
}

function sslOptions({ verify, config }: DsnTls, material: Material): SslOptions {
  const { ca, cert, key } = config ?? {};
  return {
    minVersion: 'TLSv1.2',
    ...material,
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    rejectUnauthorized: verify !== 'nothing',
    // Without it mysql2 takes a valid certificate of any other host (https://github.com/sidorares/node-mysql2/issues/2375).
    verifyIdentity: verify === 'identity',
  };
}

/** Node takes a CA that is no certificate for none, and then trusts nobody. */
function check({ ca, cert, key }: Material): void {
  const authorities = ca === undefined ? undefined : certificates('ca', ca);
  if (authorities?.length === 0) throw new TlsMaterialError('`ca` holds no certificate');
  if ((cert === undefined) !== (key === undefined)) {
    throw new TlsMaterialError(`\`${cert ? 'cert' : 'key'}\` comes without \`${cert ? 'key' : 'cert'}\``);
  }
  if (cert === undefined || key === undefined) return;
  const [own] = certificates('cert', cert);
  if (!own) throw new TlsMaterialError('`cert` holds no certificate');
  if (!own.checkPrivateKey(privateKey(key))) throw new TlsMaterialError('`key` is not the key of `cert`');
}

function certificates(name: string, pem: string): X509Certificate[] {
  try {
    return (pem.match(CERTIFICATE) ?? []).map((block) => new X509Certificate(block));
  } catch {
    throw new TlsMaterialError(`a certificate of \`${name}\` cannot be read`);
  }
}

function privateKey(pem: string) {
  try {
    return createPrivateKey(pem);
  } catch {
    // The reason of OpenSSL tells nothing, and its error is not to carry the key anywhere.
    throw new TlsMaterialError('`key` cannot be read; one with a passphrase is not taken');
  }
}
