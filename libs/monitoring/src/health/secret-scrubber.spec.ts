import { describe, expect, it } from '@jest/globals';
import { scrub } from './secret-scrubber.js';

const SECRET = 's3cr3t';

describe('scrub', () => {
  it.each([
    `connect mysql://root:${SECRET}@db:3306/shop failed`,
    `redis://:${SECRET}@cache:6379`,
    `mysql://root:p@${SECRET}@db/shop`,
    `mysql://root:p/${SECRET}?x@db/shop`,
    `Error: root:${SECRET}@tcp(db:3306)/shop?parseTime=True`,
    `root:my ${SECRET}@tcp(db:3306)/shop`,
    `root:${SECRET}@unix(/run/mysqld.sock)/shop`,
    `password=${SECRET} host=db`,
    `PASSWORD: ${SECRET}`,
    `{"password":"${SECRET}","host":"db"}`,
    `api_key='${SECRET}'`,
    `db_password=${SECRET}&x=1`,
    `Authorization: Bearer ${SECRET}abc`,
    `token = ${SECRET}`,
    `https://user:${SECRET}@host/a and https://user:${SECRET}@host/b`,
  ])('leaves no secret in %p', (text) => {
    expect(scrub(text)).not.toContain(SECRET);
    expect(scrub(text)).toContain('***');
  });

  it('keeps host and text around a secret', () => {
    expect(scrub(`connect mysql://root:${SECRET}@db:3306/shop failed`)).toBe('connect mysql://***@db:3306/shop failed');
  });

  it.each(['connect ECONNREFUSED 127.0.0.1:3306', 'no answer within 1000 ms', 'GET http://search:9200/ gave 500'])(
    'leaves %p as it is',
    (text) => {
      expect(scrub(text)).toBe(text);
    },
  );

  it('makes one short line of anything', () => {
    expect(scrub('a\r\nb\u2028c\u0000d\u001b[31m')).toBe('a b c d [31m');
    expect(scrub('x'.repeat(10_000))).toHaveLength(501);
  });

  it('takes no long time for text that is made to take long', () => {
    const began = performance.now();
    for (const text of ['a:/'.repeat(50_000), 'a://'.repeat(50_000), 'password='.repeat(50_000), ':'.repeat(100_000)]) {
      scrub(text);
    }
    expect(performance.now() - began).toBeLessThan(500);
  });
});
