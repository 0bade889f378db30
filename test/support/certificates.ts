import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** A certificate authority made a moment ago, in memory. */
export interface TestAuthority {
  /** Its own certificate, PEM. */
  readonly ca: string;
  /** A certificate for these names and addresses (IPv4), good from yesterday on, by default until tomorrow. */
  issue(names: { dns?: string[]; ip?: string[] }, goodForMs?: number): { cert: string; key: string };
}

// Identifiers of RFC 5280 and RFC 5758, in their encoding.
const ECDSA_WITH_SHA256 = sequence(Buffer.from('06082a8648ce3d040302', 'hex'));
const COMMON_NAME = Buffer.from('0603550403', 'hex');
const BASIC_CONSTRAINTS = Buffer.from('0603551d13', 'hex');
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex');
const TRUE = Buffer.from('0101ff', 'hex');

const DAY_MS = 86_400_000;

/** Node can check certificates but not make them; these few lines spare the tests a program such as openssl. */
export function makeAuthority(name = 'test authority'): TestAuthority {
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const isAuthority = sequence(BASIC_CONSTRAINTS, TRUE, octets(sequence(TRUE)));
  return {
    ca: certificate(name, own.publicKey, isAuthority, { name, key: own.privateKey }),
    issue: ({ dns = [], ip = [] }, goodForMs) => {
      const subject = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const names = [
        ...dns.map((each) => tagged(0x82, Buffer.from(each))),
        ...ip.map((each) => tagged(0x87, Buffer.from(each.split('.').map(Number)))),
      ];
      const extension = sequence(SUBJECT_ALT_NAME, octets(sequence(...names)));
      return {
        cert: certificate('test server', subject.publicKey, extension, { name, key: own.privateKey }, goodForMs),
        key: subject.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

function certificate(
  subject: string,
  key: KeyObject,
  extension: Buffer,
  issuer: { name: string; key: KeyObject },
  goodForMs: number = DAY_MS,
): string {
  const serial = Buffer.concat([Buffer.of(1), randomBytes(8)]);
  const body = sequence(
    tagged(0xa0, tagged(0x02, Buffer.of(2))), // version 3
    tagged(0x02, serial),
    ECDSA_WITH_SHA256,
    nameOf(issuer.name),
    sequence(time(Date.now() - DAY_MS), time(Date.now() + goodForMs)),
    nameOf(subject),
    key.export({ type: 'spki', format: 'der' }),
    tagged(0xa3, sequence(extension)),
  );
  const signature = sign('sha256', body, issuer.key);
  const der = sequence(body, ECDSA_WITH_SHA256, tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function nameOf(text: string): Buffer {
  return sequence(tagged(0x31, sequence(COMMON_NAME, tagged(0x0c, Buffer.from(text)))));
}

/** `YYMMDDhhmmssZ` */
function time(ms: number): Buffer {
  const digits = new Date(ms).toISOString().replace(/\D/g, '').slice(2, 14);
  return tagged(0x17, Buffer.from(`${digits}Z`));
}

function octets(content: Buffer): Buffer {
  return tagged(0x04, content);
}

function sequence(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

/** Tag, length and content, as DER writes them. */
function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.of(tag, ...size), content]);
}
