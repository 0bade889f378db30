import { createPrivateKey, X509Certificate } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { Logger } from '@nestjs/common';
import type { SslOptions } from 'mysql2';
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

type Source = DatabaseTls | (() => DatabaseTls | undefined) | undefined;

/** Only what is there. */
type Material = Partial<Record<keyof DatabaseTls, string>>;

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g;
const VERIFIED: DsnTls = { verify: 'identity', fallback: false, config: undefined };

/** The TLS of connections to one database, with material that may be renewed while the process runs. */
export class TlsMaterial {
  readonly #source: () => DatabaseTls | undefined;
  readonly #logger: Logger;
  #material: Material = {};
  #told = '';
  /** The same object for as long as the material is the same: the driver keeps contexts and sessions by it. */
  #ssl: SslOptions | undefined;

  /** @throws TlsMaterialError for what cannot be used */
  constructor(
    source: Source,
    private readonly dsn: Pick<MysqlDsn, 'address' | 'tls'>,
    dataSource: string = DEFAULT_DATA_SOURCE,
  ) {
    this.#logger = loggerOf('Database', dataSource);
    this.#source = typeof source === 'function' ? source : () => source;
    this.#take(this.#read());
  }

  /** For the next connection. What was renewed and cannot be used is told, and the one before goes on being used. */
  next(): SslOptions | undefined {
    try {
      const material = this.#read();
      if (!isDeepStrictEqual(material, this.#material)) {
        this.#take(material);
        this.#logger.log('The TLS material of the database has changed: connections made from now on use it');
      }
      this.#told = '';
    } catch (error) {
      const { message } = error as Error;
      if (message !== this.#told) this.#logger.error(`${message} Connections go on using the one before`);
      this.#told = message;
    }
    return this.#ssl;
  }

  #read(): Material {
    const { ca, cert, key } = this.#source() ?? {};
    return { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  }

  #take(material: Material): void {
    check(material);
    this.#material = material;
    const { tls, address } = this.dsn;
    // Over a socket of this machine there is nobody to be protected from, and no host name.
    const asked = tls === undefined && 'host' in address && Object.keys(material).length > 0 ? VERIFIED : tls;
    this.#ssl = asked ? sslOptions(asked, material) : undefined;
  }
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
