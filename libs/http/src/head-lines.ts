import { ServerResponse } from 'node:http';

type Headers = readonly (readonly [name: string, value: string])[];

const STORE = '_storeHeader';
const LAST = '_last';
const COUNTED = '_contentLength';
const OWNER = Symbol('eggybyte:http:head-owner');

/**
 * Where Node puts the head of an answer together: its first line, then the headers that it was given. Not documented, and
 * the same since Node 0.10: https://github.com/nodejs/node/blob/main/lib/_http_outgoing.js
 */
interface HeadWriter extends Pick<ServerResponse, 'chunkedEncoding' | 'getHeaderNames' | 'setHeader' | 'removeHeader'> {
  [STORE](firstLine: string, headers: unknown): void;
  [OWNER]?: HeadOwner;
  /** Whether the connection is closed behind this answer, as its head tells. */
  [LAST]?: boolean;
  /** What was given to `end` before there was a head: Node sends it as the length, unless the answer goes in chunks. */
  [COUNTED]?: number | null;
}

/** An answer whose head is about to be written. */
export interface HeadOwner {
  /** One that can be a header. */
  readonly requestId: string;
  /** Whether the head has to say `Connection: close`, whatever the answer was given. */
  readonly endsConnection: boolean;
  /** Told what the head says of the body, also where it was given past `setHeader`, and whether it said close. */
  headWritten(contentType: string | undefined, contentLength: number | undefined, saysClose: boolean): void;
}

/** Whose headers an answer gets; `undefined` for one that no {@link HeadLines} are added to. */
export function headOwnerOf(response: ServerResponse): HeadOwner | undefined {
  return (response as unknown as HeadWriter)[OWNER];
}

const ID = 'x-request-id';
const TYPE = 'content-type';
const LENGTH = 'content-length';

/**
 * Headers that every answer has, as the text that they are in its head. `setHeader` for each, for each request, would cost
 * more than all else that is done for a request: Node then checks every header again and no longer writes a head at once.
 *
 * What sets one of them in its own way, also by `writeHead`, is left; what removes one finds none, as it comes at the end.
 */
export class HeadLines {
  /** In lower case. */
  readonly #lines = new Map<string, string>();
  readonly #all: string;
  /** One for all answers, as one for each would be made for each. */
  readonly #store: HeadWriter[typeof STORE];

  /** @throws TypeError for a name or a value that can be no header. */
  constructor(headers: Headers) {
    for (const [name, value] of headers) {
      new ServerResponse(NO_REQUEST).setHeader(name, value);
      this.#lines.set(name.toLowerCase(), `${name}: ${value}\r\n`);
    }
    this.#all = [...this.#lines.values()].join('');
    const write = (writer: HeadWriter, firstLine: string, given: unknown, owner: HeadOwner): void =>
      this.#write(writer, firstLine, given, owner);
    this.#store = function store(this: HeadWriter, firstLine, given) {
      const owner = this[OWNER];
      if (owner) write(this, firstLine, given, owner);
      else nodesOwn(this)[STORE].call(this, firstLine, given);
    };
  }

  addTo(response: ServerResponse, owner: HeadOwner): void {
    const writer = response as unknown as HeadWriter;
    writer[OWNER] = owner;
    writer[STORE] = this.#store;
  }

  #write(writer: HeadWriter, firstLine: string, given: unknown, owner: HeadOwner): void {
    const own = new OwnHeaders(this.#lines);
    readHeaders(given, own);
    const lines = own.left ? [...own.left.values()].join('') : this.#all;
    const id = own.hasId ? '' : `X-Request-Id: ${owner.requestId}\r\n`;
    nodesOwn(writer)[STORE].call(writer, firstLine + lines + id, owner.endsConnection ? closing(writer, given) : given);
    const length = own.length ?? (writer.chunkedEncoding ? undefined : (writer[COUNTED] ?? undefined));
    owner.headWritten(own.type, length, writer[LAST] === true);
  }
}

function nodesOwn(writer: HeadWriter): HeadWriter {
  return Object.getPrototypeOf(writer) as HeadWriter;
}

/** The headers of the last answer on a connection. Node closes it behind them. */
function closing(writer: HeadWriter, given: unknown): unknown {
  if (writer.getHeaderNames().length > 0) {
    // Then what is given is what was set, and Node knows it again by that: it takes more of it than of a list.
    writer.removeHeader('Keep-Alive');
    writer.setHeader('Connection', 'close');
    return given;
  }
  const list: unknown[] = ['Connection', 'close'];
  readHeaders(given, {
    add: (name, value) => {
      if (!/^(connection|keep-alive)$/i.test(name)) list.push(name, value);
    },
  });
  return list;
}

interface HeaderReader {
  add(name: string, value: unknown): void;
}

/** What an answer's own headers say, and which of the others they leave. */
class OwnHeaders implements HeaderReader {
  type: string | undefined;
  length: number | undefined;
  hasId = false;
  /** Those that are not set in another way; `undefined` while it is all of them. */
  left: Map<string, string> | undefined;

  constructor(private readonly lines: Map<string, string>) {}

  add(given: string, value: unknown): void {
    const name = given === TYPE || given === LENGTH ? given : given.toLowerCase();
    if (name === TYPE) this.type = String(value);
    else if (name === LENGTH) this.length = Number(value);
    else if (name === ID) this.hasId = true;
    else if (this.lines.has(name)) (this.left ??= new Map(this.lines)).delete(name);
  }
}

/** In the three forms that `writeHead` takes, and that of `setHeader`, whose values are name and value. */
function readHeaders(headers: unknown, into: HeaderReader): void {
  if (!headers) return;
  if (!Array.isArray(headers)) {
    for (const name in headers) {
      const value = (headers as Record<string, unknown>)[name];
      const isSet = Array.isArray(value) && value.length === 2 && String(value[0]).toLowerCase() === name;
      into.add(name, isSet ? value[1] : value);
    }
  } else if (Array.isArray(headers[0])) {
    for (const [name, value] of headers as [unknown, unknown][]) into.add(String(name), value);
  } else {
    for (let at = 0; at < headers.length; at += 2) into.add(String(headers[at]), headers[at + 1]);
  }
}

/** What a response is made for when nobody will read it. */
const NO_REQUEST = { method: 'GET', httpVersionMajor: 1, httpVersionMinor: 1 } as never;
