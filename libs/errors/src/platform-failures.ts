import { isError } from './is-error.js';

/** What is known of an error that is not the suite's own. */
export interface KnownCause {
  /** The platform's own name for it: `ECONNREFUSED`, `CERT_HAS_EXPIRED`, `UnknownDependenciesException`. */
  code: string;
  /** What to do about it. */
  action: string;
}

const UNTRUSTED =
  'give the CA that issued the certificate (NODE_EXTRA_CA_CERTS=<file>, or the CA option of the client)';
const REFUSED = 'start what has to listen there, or correct its address';
const NO_NAME = 'correct the host name, or see whether this machine can resolve names (DNS)';
const NO_ANSWER = 'see whether the address is right and reachable from here (network policy, firewall)';
const NO_FILES = 'raise the limit of open files (ulimit -n), or see what keeps so many open';

/** By the code of Node's own errors: https://nodejs.org/api/errors.html and uv's and OpenSSL's names in it. */
const ACTIONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'stop what listens there, or take another port (0 takes any)',
  EADDRNOTAVAIL: 'take an address of this machine, or 0.0.0.0 for all of them',
  EACCES: 'give the user of this process the permission, or take a path it may use or a port from 1024 up',
  EPERM: 'give the user of this process the permission',
  ENOENT: 'create the file, or correct its path',
  EISDIR: 'name a file, not a directory',
  ENOTDIR: 'correct the path',
  EROFS: 'write to a volume that is not read-only',
  ENOSPC: 'free space on the volume, or write to another one',
  EMFILE: NO_FILES,
  ENFILE: NO_FILES,
  ENOMEM: 'raise the memory limit, or see what takes so much',
  ECONNREFUSED: REFUSED,
  ECONNRESET: 'see the log of the other side, which broke the connection',
  EPIPE: 'see the log of the other side, which closed the connection',
  ETIMEDOUT: NO_ANSWER,
  EHOSTUNREACH: NO_ANSWER,
  ENETUNREACH: NO_ANSWER,
  UND_ERR_CONNECT_TIMEOUT: NO_ANSWER,
  ENOTFOUND: NO_NAME,
  EAI_AGAIN: NO_NAME,
  CERT_HAS_EXPIRED: 'renew the certificate of the server, or correct the clock of this machine',
  CERT_NOT_YET_VALID: 'correct the clock of this machine, or the certificate of the server',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
  ERR_TLS_CERT_ALTNAME_INVALID: 'connect by a name that the certificate has',
  ERR_MODULE_NOT_FOUND: 'install the package that is missing, or correct the import',
  MODULE_NOT_FOUND: 'install the package that is missing, or correct the import',
};

/** Explains an error of Node itself: of the system, the network, TLS, or a module that is not there. */
export function explainSystemError(error: unknown): KnownCause | undefined {
  const { code } = (error ?? {}) as { code?: unknown };
  if (!isError(error) || typeof code !== 'string') return undefined;
  const action = Object.hasOwn(ACTIONS, code) ? ACTIONS[code] : undefined;
  return action === undefined ? undefined : { code, action };
}

/** What Nest says of a container; its own messages have several paragraphs. */
interface ExplainedNestError extends KnownCause {
  description: string;
}

/** Explains what Nest says of a container that cannot be made. By the names of classes, as this package has no Nest. */
export function explainNestError(error: unknown): ExplainedNestError | undefined {
  if (!isError(error) || !isOfClass(error, 'RuntimeException')) return undefined;
  const code = error.constructor.name;
  if (code === 'UnknownDependenciesException') return explainMissingProvider(code, error);
  const [description = '', solutions = ''] = error.message.split(
    /\n+\s*(?:Potential|Possible) (?:solutions|causes):?\n*/i,
  );
  const hints = solutions.match(/^\s*- .+$/gm)?.map((line) => line.replace(/^\s*- /, ''));
  return {
    code,
    description: description.trim(),
    action: hints?.join('; or: ') ?? 'see the message, which is from Nest',
  };
}

interface MissingDependency {
  type?: unknown;
  context?: { index?: number; key?: unknown; name?: unknown; dependencies?: unknown[] };
}

function explainMissingProvider(code: string, error: Error): ExplainedNestError {
  const { type, context = {} } = error as Error & MissingDependency;
  const { index, key, name, dependencies = [] } = context;
  const place = index === undefined ? `property \`${String(key)}\`` : `argument ${index} of its constructor`;
  const missing = nameOf(name);
  const module = /available in the (\w+) module/.exec(error.message)?.[1];
  const where = module === undefined || module === 'current' ? 'its module' : `\`${module}\``;
  const given: unknown = index === undefined ? name : dependencies[index];
  if (given === undefined || given === Object) {
    return {
      code,
      description: `Nest cannot make \`${String(type)}\`: the type of ${place} is not known at run time`,
      action: 'import the class itself, not by `import type`, or name the token with @Inject()',
    };
  }
  return {
    code,
    description: `Nest cannot make \`${String(type)}\`: nothing provides \`${missing}\` (${place}) in ${where}`,
    action: `add \`${missing}\` to the providers of ${where}, or import the module that exports it`,
  };
}

function nameOf(token: unknown): string {
  return typeof token === 'function' ? token.name : String(token);
}

function isOfClass(error: object, name: string): boolean {
  for (let type = prototypeOf(error); type; type = prototypeOf(type)) if (type.constructor.name === name) return true;
  return false;
}

function prototypeOf(object: object): object | null {
  return Object.getPrototypeOf(object) as object | null;
}
