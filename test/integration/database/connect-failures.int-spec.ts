import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { openDatabase, type OpenDatabaseOptions } from '@eggybyte/database';
import { Column, Entity, ManyToOne, PrimaryGeneratedColumn } from 'typeorm';
import { type Connection, createConnection } from 'mysql2/promise';
import { makeAuthority, type TestAuthority } from '../../support/certificates.js';
import { createDatabase, type TestDatabase } from '../../support/database.js';
import { goDsn } from '../../support/dsn.js';
import { freePort } from '../../support/free-port.js';
import { startMariaDb, type TestMariaDb } from '../../support/mariadb.js';
import { leftOutUnless, sharedFlavour } from '../../support/shared-flavour.js';

const CANARY = 'canary-9k2mz';
const MOST_CONNECTIONS = 10;

/** The failure of an open. What is unreachable is tried again until the deadline; anything else is final at once. */
async function failureOf(options: OpenDatabaseOptions): Promise<unknown> {
  const opening = openDatabase({ connectTimeout: '2s', connectDeadline: '400ms', ...options });
  const failure = await opening.then(
    (dataSource) => dataSource.destroy(),
    (error: unknown) => error,
  );
  expect(inspect(failure, { depth: 6 })).not.toContain(CANARY);
  return failure;
}

/** What a failed start says: its code, what of the fix, and what of the reason. */
function told(code: string, fix: RegExp, why?: RegExp): object {
  const reason = why && { why: expect.stringMatching(why) as unknown };
  return { code, fix: expect.stringMatching(fix) as unknown, ...reason };
}

describe('a server that answers with a refusal', () => {
  let server: TestMariaDb;
  let database: TestDatabase;
  let authority: TestAuthority;
  let admin: Connection;
  const query = (sql: string): Promise<unknown> => admin.query(sql);
  const dsnOf = (user: string, password = CANARY, name = database.name, host = '127.0.0.1'): string =>
    goDsn({ host, port: server.address.port, user, password }, name);

  beforeAll(async () => {
    Logger.overrideLogger(false);
    authority = makeAuthority();
    const plugins = sharedFlavour === 'mariadb' ? ['--plugin-load-add=auth_ed25519'] : [];
    server = await startMariaDb({
      tls: { ...authority.issue({ dns: ['localhost'] }), ca: authority.ca },
      options: [`--max-connections=${MOST_CONNECTIONS}`, ...plugins],
    });
    admin = await createConnection(server.address);
    database = await createDatabase('failures', server.address);
  }, 60_000);
  afterAll(async () => {
    admin.destroy();
    await server.stop();
  });

  const user = async (name: string, options = '', login = `IDENTIFIED BY '${CANARY}'`): Promise<void> => {
    await query(`CREATE USER ${name}@'%' ${login} ${options}`);
    await query(`GRANT SELECT ON ${database.name}.* TO ${name}@'%'`);
  };

  it('a wrong password', async () => {
    expect(await failureOf({ dsn: dsnOf(server.address.user) })).toMatchObject(
      told(
        'EGGY_DATABASE_ACCESS',
        /^correct user and password in DATABASE_DSN, .*; where user or server require TLS, add tls=true/,
        /^Access denied for user 'eggy'@'127\.0\.0\.1' \(using password: YES\)/,
      ),
    );
  });

  it('no password', async () => {
    expect(await failureOf({ dsn: `eggy@tcp(127.0.0.1:${server.address.port})/${database.name}` })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /password in DATABASE_DSN/, /using password: NO/),
    );
  });

  it('a user of another host', async () => {
    await query(`CREATE USER elsewhere@'10.9.9.9' IDENTIFIED BY '${CANARY}'`);
    expect(await failureOf({ dsn: dsnOf('elsewhere') })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /whether the server lets this user in from this host/),
    );
  });

  it('a user that requires TLS', async () => {
    await user('wants_tls', 'REQUIRE SSL');
    expect(await failureOf({ dsn: dsnOf('wants_tls') })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /where user or server require TLS, add tls=true/),
    );
  });

  it('a wrong password with TLS material that is not set, as a service hands it over', async () => {
    expect(await failureOf({ dsn: dsnOf(server.address.user), tls: () => ({ ca: undefined }) })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /add tls=true/),
    );
  });

  it('a wrong password over TLS, which says nothing of TLS', async () => {
    expect(
      await failureOf({
        dsn: dsnOf(server.address.user, CANARY, database.name, 'localhost'),
        tls: { ca: authority.ca },
      }),
    ).toMatchObject(told('EGGY_DATABASE_ACCESS', /^correct user and password in DATABASE_DSN, [^;]+$/));
  });

  it('the variables of a data source with a name are those that the fix names', async () => {
    expect(await failureOf({ name: 'reporting', dsn: dsnOf(server.address.user) })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /DATABASE_REPORTING_DSN/),
    );
  });

  it('a database without rights', async () => {
    await query(`CREATE USER poor@'%' IDENTIFIED BY '${CANARY}'`);
    expect(await failureOf({ dsn: dsnOf('poor') })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /^grant the user its rights.*DATABASE_DSN/, /to database/),
    );
  });

  it('an unknown database', async () => {
    expect(
      await failureOf({ dsn: dsnOf(server.address.user, server.address.password, 'no_such_database') }),
    ).toMatchObject(told('EGGY_DATABASE_UNKNOWN', /^create it .*DATABASE_DSN/));
  });

  it('a user that is locked', async () => {
    await user('locked', 'ACCOUNT LOCK');
    expect(await failureOf({ dsn: dsnOf('locked') })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /ACCOUNT UNLOCK/, /locked/),
    );
  });

  it('a password that has expired', async () => {
    await user('expired', 'PASSWORD EXPIRE');
    expect(await failureOf({ dsn: dsnOf('expired') })).toMatchObject(
      told('EGGY_DATABASE_ACCESS', /^give the user a new password .*DATABASE_DSN/),
    );
  });

  const reason = leftOutUnless('mariadb');
  (reason ? describe.skip : describe)(`of MariaDB${reason ? `, left out: ${reason}` : ''}`, () => {
    it('a way to log in that the driver does not know', async () => {
      await user('modern', '', `IDENTIFIED VIA ed25519 USING PASSWORD('${CANARY}')`);
      expect(await failureOf({ dsn: dsnOf('modern') })).toMatchObject(
        told('EGGY_DATABASE_ACCESS', /mysql_native_password/, /client_ed25519/),
      );
    });

    it('a user without a password, of the operating system', async () => {
      await user('system', '', 'IDENTIFIED VIA unix_socket');
      expect(await failureOf({ dsn: dsnOf('system') })).toMatchObject(
        told('EGGY_DATABASE_ACCESS', /log in by a password/, /Access denied/),
      );
    });

    // MySQL takes none.
    it('a certificate that has expired', async () => {
      const DAY_MS = 86_400_000;
      await server.renewTls({ ...authority.issue({ dns: ['localhost'] }, -DAY_MS / 2), ca: authority.ca });
      expect(
        await failureOf({ dsn: dsnOf('any', CANARY, database.name, 'localhost'), tls: { ca: authority.ca } }),
      ).toMatchObject(told('EGGY_DATABASE_TLS', /^renew the certificate .*clock/, /expired/));
    });
  });

  it('a server that lets nobody in without TLS', async () => {
    await query('SET GLOBAL require_secure_transport = ON');
    try {
      expect(await failureOf({ dsn: dsnOf(server.address.user, server.address.password) })).toMatchObject(
        told(sharedFlavour === 'mysql' ? 'EGGY_DATABASE_TLS' : 'EGGY_DATABASE_ACCESS', /add tls=true/),
      );
    } finally {
      await query('SET GLOBAL require_secure_transport = OFF');
    }
  });

  it('more connections than a user may have', async () => {
    await user('single', 'WITH MAX_USER_CONNECTIONS 1');
    const first = await createConnection({ ...server.address, user: 'single', password: CANARY });
    expect(await failureOf({ dsn: dsnOf('single') })).toMatchObject(
      told('EGGY_DATABASE_CONNECTION', /^lower DATABASE_MAX_OPEN_CONNS/, /max_user_connections/),
    );
    await first.end();
  });

  it('more connections than the server has', async () => {
    await user('many');
    const many = { ...server.address, user: 'many', password: CANARY };
    const open: Connection[] = [];
    try {
      for (let n = 0; n < MOST_CONNECTIONS; n++) open.push(await createConnection(many));
    } catch {
      // That was the last one.
    }
    expect(await failureOf({ dsn: dsnOf('many') })).toMatchObject(
      told('EGGY_DATABASE_CONNECTION', /^lower DATABASE_MAX_OPEN_CONNS/, /Too many connections/),
    );
    await Promise.all(open.map((connection) => connection.end()));
  });

  it('a certificate of another host', async () => {
    await server.renewTls({ ...authority.issue({ dns: ['db.internal'] }), ca: authority.ca });
    expect(
      await failureOf({ dsn: dsnOf('any', CANARY, database.name, 'localhost'), tls: { ca: authority.ca } }),
    ).toMatchObject(told('EGGY_DATABASE_TLS', /^name the server in DATABASE_DSN as its certificate/, /db\.internal/));
  });

  it('a certificate of an authority that is not known', async () => {
    await server.renewTls({ ...authority.issue({ dns: ['localhost'] }), ca: authority.ca });
    expect(await failureOf({ dsn: `${dsnOf('any', CANARY, database.name, 'localhost')}&tls=true` })).toMatchObject(
      told('EGGY_DATABASE_TLS', /^give the CA .* by DATABASE_TLS_CA/),
    );
  });

  it('a server that has no TLS', async () => {
    await using plain = await startMariaDb();
    expect(await failureOf({ dsn: `${goDsn({ ...plain.address, password: CANARY }, 'shop')}&tls=true` })).toMatchObject(
      told('EGGY_DATABASE_TLS', /^switch TLS on at the server, or, .*DATABASE_DSN/),
    );
  }, 60_000);
});

describe('what is no server, or none that lets anybody in', () => {
  beforeAll(() => Logger.overrideLogger(false));

  /** Greets each client so, as a server does that refuses before the login, and closes. */
  async function peerThatSays(greeting: Buffer | string): Promise<AsyncDisposable & { port: number }> {
    const peer = createServer((socket) => socket.on('error', () => undefined).end(greeting)).listen(0, '127.0.0.1');
    await once(peer, 'listening');
    const stop = async () => {
      peer.close();
      await once(peer, 'close');
    };
    return { port: (peer.address() as AddressInfo).port, [Symbol.asyncDispose]: stop };
  }

  /** The protocol's packet of an error. */
  function refusal(errno: number, message: string): Buffer {
    const body = Buffer.concat([Buffer.of(0xff, errno & 0xff, errno >> 8), Buffer.from(message)]);
    return Buffer.concat([Buffer.of(body.length, 0, 0, 0), body]);
  }

  const dsnTo = (host: string, port: number): string => `any:${CANARY}@tcp(${host}:${port})/shop`;

  // The server keeps no account of failed connects from loopback, and knows loopback always: a peer says it in its place.
  it.each([
    [1129, "Host '10.0.0.7' is blocked because of many connection errors", 'EGGY_DATABASE_CONNECTION', /FLUSH HOSTS/],
    [
      1130,
      "Host '10.0.0.7' is not allowed to connect to this server",
      'EGGY_DATABASE_ACCESS',
      /^make the user for this/,
    ],
  ])('a server that refuses the host: %i', async (errno, message, code, fix) => {
    await using peer = await peerThatSays(refusal(errno, message));
    expect(await failureOf({ dsn: dsnTo('127.0.0.1', peer.port) })).toMatchObject(told(code, fix, /10\.0\.0\.7/));
  });

  it.each(['HTTP/1.1 400 Bad Request\r\n\r\n', 'SSH-2.0-OpenSSH_9.2\r\n', '-ERR unknown command\r\n', ''])(
    'another protocol: %j',
    async (greeting) => {
      await using peer = await peerThatSays(greeting);
      expect(await failureOf({ dsn: dsnTo('127.0.0.1', peer.port) })).toMatchObject(
        told('EGGY_DATABASE_CONNECTION', /^see the log of what closed the connection.*DATABASE_DSN/),
      );
    },
  );

  it('a peer that takes the connection and says nothing', async () => {
    const peer = createServer((socket) => socket.on('error', () => undefined)).listen(0, '127.0.0.1');
    await once(peer, 'listening');
    expect(await failureOf({ dsn: dsnTo('127.0.0.1', (peer.address() as AddressInfo).port) })).toMatchObject(
      told('EGGY_DATABASE_CONNECTION', /whether the server hangs/, /^ETIMEDOUT$/),
    );
    peer.close();
  });

  it('a port that nobody listens on', async () => {
    expect(await failureOf({ dsn: dsnTo('127.0.0.1', await freePort()) })).toMatchObject(
      told(
        'EGGY_DATABASE_CONNECTION',
        /^start the server, or correct host and port in DATABASE_DSN; in a container localhost is the container/,
        /^ECONNREFUSED$/,
      ),
    );
  });

  it('a name that is none', async () => {
    expect(await failureOf({ dsn: dsnTo('no-such-host.invalid', 3306) })).toMatchObject(
      told('EGGY_DATABASE_CONNECTION', /^correct the host name in DATABASE_DSN/, /^(?:ENOTFOUND|EAI_AGAIN)$/),
    );
  });

  it('a socket that is not there', async () => {
    expect(await failureOf({ dsn: `any:${CANARY}@unix(/no/such/mysqld.sock)/shop` })).toMatchObject(
      told('EGGY_DATABASE_CONNECTION', /path of its socket in DATABASE_DSN/, /^ENOENT$/),
    );
  });
});

describe('an embedded database that cannot be opened', () => {
  let folder: string;
  beforeAll(async () => {
    Logger.overrideLogger(false);
    folder = await mkdtemp(join(tmpdir(), 'eggy-embedded-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const failureOfFile = (file: string): Promise<unknown> => failureOf({ dsn: `sqlite:${join(folder, file)}` });

  it('a file that is no database', async () => {
    await writeFile(join(folder, 'text.db'), 'This is a text that is long enough to have the head of a database file.');
    expect(await failureOfFile('text.db')).toMatchObject(
      told('EGGY_DATABASE_EMBEDDED', /^name another file: this one is no SQLite database/),
    );
  });

  it('a file that is broken', async () => {
    const path = join(folder, 'broken.db');
    const dataSource = await openDatabase({ dsn: `sqlite:${path}` });
    await dataSource.query('CREATE TABLE note (id INTEGER PRIMARY KEY, text TEXT)');
    await dataSource.destroy();
    await writeFile(path, Buffer.alloc(8192, 0x7f), { flag: 'r+' });
    expect(await failureOfFile('broken.db')).toMatchObject(
      told('EGGY_DATABASE_EMBEDDED', /^(?:name another file|restore the file from a backup)/),
    );
  });

  it('a directory in its place', async () => {
    await mkdir(join(folder, 'directory.db'));
    expect(await failureOfFile('directory.db')).toMatchObject(
      told('EGGY_DATABASE_EMBEDDED', /^give a path in a directory that the user of this process may write in/),
    );
  });

  it('a file in the place of its directory', async () => {
    await writeFile(join(folder, 'file'), '');
    expect(await failureOfFile('file/service.db')).toMatchObject(
      told('EGGY_DATABASE_EMBEDDED', /a part of it is a file, not a directory/),
    );
  });
});

describe('entities that TypeORM cannot take', () => {
  @Entity()
  class Keyless {
    @Column({ type: 'varchar' })
    name!: string;
  }

  @Entity()
  class Stranger {
    @PrimaryGeneratedColumn()
    id!: number;
  }

  @Entity()
  class Lonely {
    @PrimaryGeneratedColumn()
    id!: number;
    @ManyToOne(() => Stranger)
    stranger!: unknown;
  }

  it.each<[string, OpenDatabaseOptions['entities'], RegExp]>([
    ['without a key', [Keyless], /@PrimaryColumn\(\)/],
    ['that refer to one nobody registered', [Lonely], /EggyDatabaseModule\.forFeature\(\)/],
  ])('%s', async (_, entities = [], fix) => {
    expect(await failureOf({ dsn: 'sqlite::memory:', entities })).toMatchObject(told('EGGY_DATABASE_ENTITIES', fix));
  });
});
