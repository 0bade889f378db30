import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { scrubText } from './scrub-text.js';

const LEAKING = [
  'PASSWORD: s3cret',
  'root:my ws3cret@tcp(db:3306)/shop',
  'mysql://root:s3cret@db:3306/shop',
  'mysql://root:a/b?c#s3cret@db:3306/shop',
  "postgres://u:p'ws3cret@db",
  'redis://:s3cret@cache:6379',
  'https://s3cret@github.com/x.git',
  'amqp://user:s3cret@a, amqp://user:s3cret@b',
  'root:s3cret@tcp(db:3306)/shop?charset=utf8mb4',
  'root:s3cret:@/@tcp(db:3306)/shop',
  'root:s3cret@unix(/var/run/mysqld.sock)/shop',
  'root:s3cret@/shop',
  'root:s3cret@db:3306',
  'GET /login?access_token=s3cret&x=1',
  'Server=db;Password=s3cret;Database=shop',
  'PASSWORD = s3cret',
  'body was {"user":"a","password":"s3cret","n":1}',
  'body was {"passwordHash": "a\\"s3cret"}',
  "{ user: 'a', apiKey: 's3cret' }",
  'cut off: {"client_secret":"s3cret',
  'Authorization: Bearer s3cret.abc',
  'sent bearer s3cret0s3cret',
  'Basic czNjcmV0=s3cret',
  'sent Authorization: Basic onlyletters',
  'sent authorization:  bearer onlyletters, as agreed',
  'Basic onlyLetters was refused',
  'Cookie: theme=dark; sid=s3cret; id=s3cret',
  'set-cookie: sid=onlyletters; Path=/',
  `failed: ${JSON.stringify({ body: JSON.stringify({ password: 's3cret' }) })}`,
  `failed: ${JSON.stringify({ body: JSON.stringify({ password: 'a"s3cret\\', user: 'b' }) })}`,
  `failed: ${JSON.stringify(JSON.stringify(JSON.stringify({ token: 'a"s3cret' })))}`,
  'failed: {"token":["s3cret","s3cret"]}',
  `mysql://app:${'x'.repeat(1500)}s3cret@db/shop`,
  `app:${'x'.repeat(1500)}s3cret@tcp(db:3306)/shop`,
  `https://${'x'.repeat(1500)}s3cret@github.com/x.git`,
  '-----BEGIN RSA PRIVATE KEY-----\ns3cret\ns3cret\n-----END RSA PRIVATE KEY-----',
  '-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,AB\n\ns3cret\n-----END RSA PRIVATE KEY-----',
  '-----BEGIN PGP PRIVATE KEY BLOCK-----\n\ns3cret\n-----END PGP PRIVATE KEY BLOCK-----',
];
const SECRET = /s3cret|only(?:l|L)etters/;

const HARMLESS = [
  'Nest application successfully started',
  'Mapped {/users/:id, GET} route',
  'see https://example.com:8080/path?mail=a@b.org',
  'mail from ada@example.com',
  'listening on http://127.0.0.1:3000',
  'the token was refused: unknown',
  'password: must have at least 8 characters',
  'basic authentication is off',
  'authorization: expected a text',
  'Cookie: none was sent',
  'the field "password": is missing',
  '{"password":null,"token":false}',
  'a=1, b=2',
  '12:30:45 retry in 5s',
];

describe('scrubText', () => {
  it.each(LEAKING)('hides the secret in %j', (text) => {
    expect(scrubText(text)).not.toMatch(SECRET);
    expect(scrubText(text)).toContain('[REDACTED]');
  });

  it.each(HARMLESS)('leaves %j as it is', (text) => {
    expect(scrubText(text)).toBe(text);
  });

  it('keeps what is around the secret', () => {
    expect(scrubText('dial mysql://root:x@db:3306/shop: refused')).toBe(
      'dial mysql://root:[REDACTED]@db:3306/shop: refused',
    );
    expect(scrubText('root:x@tcp(db:3306)/shop')).toBe('root:[REDACTED]@tcp(db:3306)/shop');
    expect(scrubText('/a?token=x&page=2')).toBe('/a?token=[REDACTED]&page=2');
    expect(scrubText('{"pin_token":123456,"n":1}')).toBe('{"pin_token":[REDACTED],"n":1}');
    expect(scrubText('{"tokens":["a","b"],"n":1}')).toBe('{"tokens":[REDACTED],"n":1}');
    expect(scrubText('"{\\"token\\":\\"x\\",\\"n\\":1}"')).toBe('"{\\"token\\":\\"[REDACTED]\\",\\"n\\":1}"');
    expect(scrubText('> Cookie: a=1; b=2\r\n> Host: db')).toBe('> Cookie: [REDACTED]\r\n> Host: db');
  });

  it('changes nothing the second time', () => {
    for (const text of LEAKING) expect(scrubText(scrubText(text))).toBe(scrubText(text));
  });

  it('cuts long texts and says how much is missing', () => {
    expect(scrubText('x'.repeat(9000))).toBe(`${'x'.repeat(8192)}… (808 more)`);
    expect(scrubText('abcdef', 2)).toBe('ab… (4 more)');
    expect(scrubText('abcdef', 0)).toBe('… (6 more)');
  });

  it('hides a secret that the cut falls into, wherever it falls', () => {
    const text = 'dial mysql://app:s3cret-s3cret-s3cret@db/shop: refused, and {"password":"s3cret-s3cret"}';
    for (let longest = 1; longest < text.length; longest++) expect(scrubText(text, longest)).not.toMatch(/s3c/);
  });

  it('hides any password of a URL or a DSN', () => {
    const password = fc
      .string({ minLength: 1, maxLength: 40 })
      .filter((text) => !/[\s"<>]/.test(text) && !/^\d{1,5}[/?#]/.test(text));
    fc.assert(
      fc.property(password, (secret) => {
        const marked = `${secret}S3CRET`;
        expect(scrubText(`mysql://root:${marked}@db:3306/shop`)).not.toContain('S3CRET');
        expect(scrubText(`cannot reach root:${marked}@tcp(db:3306)/shop`)).not.toContain('S3CRET');
      }),
    );
  });
});
