import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type AnnouncedLines, BatchedOutput } from './batched-output.js';
import type { LineBuffer } from './line-buffer.js';

let folder: string;
let count = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'batched-output-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** A pipe whose both ends are here and do not block. */
function pipe(): { reader: number; writer: number } {
  const path = join(folder, `pipe${count++}`);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, writer: openSync(path, constants.O_WRONLY | constants.O_NONBLOCK) };
}

function read(fd: number): string {
  const buffer = Buffer.alloc(1_000_000);
  const parts: string[] = [];
  try {
    for (let size = readSync(fd, buffer); size > 0; size = readSync(fd, buffer))
      parts.push(buffer.toString('utf8', 0, size));
  } catch {
    // Empty.
  }
  return parts.join('');
}

/** Announces lines, and keeps them until they are collected. */
class Announcer implements AnnouncedLines {
  #kept: string[] = [];

  constructor(private readonly output: BatchedOutput) {}

  say(text: string): void {
    if (!this.output.takes()) return;
    this.#kept.push(text);
    this.output.announce(this);
  }

  addTo(lines: LineBuffer): void {
    for (const each of this.#kept) lines.add(each);
    this.#kept = [];
  }
}

/** Reads 64 KiB ten times a second. */
const SLOW_READER = `
  const { openSync, readSync } = require('node:fs');
  const { parentPort, workerData } = require('node:worker_threads');
  const reader = openSync(workerData, 'r');
  const part = Buffer.alloc(65536);
  const parts = [];
  for (let size = readSync(reader, part); size > 0; size = readSync(reader, part)) {
    parts.push(part.toString('latin1', 0, size));
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100);
  }
  parentPort.postMessage(parts.join(''));
`;

const line = (at: number): string => `${JSON.stringify({ at, text: 'é'.repeat(50) })}\n`;

describe('BatchedOutput', () => {
  it('writes lines together after a short while, in order', async () => {
    const { reader, writer } = pipe();
    const output = new BatchedOutput(writer, { delayMs: 5 });
    output.write('a\n');
    output.write('b\n');
    expect(read(reader)).toBe('');
    await sleep(20);
    expect(read(reader)).toBe('a\nb\n');
  });

  it('writes at once when a batch is full, at a flush, and when the process ends', () => {
    const { reader, writer } = pipe();
    const output = new BatchedOutput(writer, { batch: 4 });
    output.write('full\n');
    expect(read(reader)).toBe('full\n');
    output.write('a\n');
    output.flushSync();
    expect(read(reader)).toBe('a\n');
    output.write('b\n');
    output.writeImmediately();
    output.write('c\n');
    expect(read(reader)).toBe('b\nc\n');
  });

  it('keeps the order of lines that are announced and lines that are written', async () => {
    const { reader, writer } = pipe();
    const output = new BatchedOutput(writer, { delayMs: 5 });
    const [one, other] = [new Announcer(output), new Announcer(output)];
    const expected = Array.from({ length: 500 }, (_, at) => `${at}\n`);
    for (const [at, text] of expected.entries()) {
      if (at % 97 === 0) output.write(text);
      else if (at % 101 < 90) one.say(text);
      else other.say(text);
    }
    output.flushSync();
    expect(read(reader)).toBe(expected.join(''));

    one.say('later\n');
    expect(read(reader)).toBe('');
    await sleep(20);
    expect(read(reader)).toBe('later\n');

    one.say('last\n');
    output.writeImmediately();
    other.say('and none waits\n');
    expect(read(reader)).toBe('last\nand none waits\n');
  });

  it('counts announced lines that are too many as lost', () => {
    const { reader, writer } = pipe();
    const output = new BatchedOutput(writer, { batch: 1000, limit: 20_000, flushMs: 10 });
    const announcer = new Announcer(output);
    const begun = `${'x'.repeat(65_535)}\n`;
    output.write(begun);
    for (let at = 0; at < 2000; at++) announcer.say(line(at));
    expect(read(reader)).toBe(begun);
    output.flushSync();
    const told = read(reader).trim().split('\n');
    const { lost } = JSON.parse(told.find((each) => each.includes('lost')) ?? '{}') as { lost: number };
    expect(lost).toBeGreaterThan(1000);
    expect(told.length - 1 + lost).toBe(2000);
  });

  it('does not block on a reader that stands still, drops what is too much and tells how much', () => {
    const { reader, writer } = pipe();
    const output = new BatchedOutput(writer, { limit: 200_000, batch: 1000, flushMs: 0 });
    for (let at = 0; at < 10_000; at++) output.write(line(at));
    let text = '';
    for (let taken = read(reader); taken !== ''; taken = read(reader)) {
      text += taken;
      output.flushSync();
    }
    const records = text
      .trimEnd()
      .split('\n')
      .map((one) => JSON.parse(one));
    const numbers = records.map((record) => record.at).filter((at) => at !== undefined);
    expect(numbers).toEqual(numbers.map((_, at) => at));
    expect(numbers.length).toBeGreaterThan(1000);
    expect(records.at(-1)).toMatchObject({
      level: 'warn',
      msg: 'log records were lost',
      lost: 10_000 - numbers.length,
    });
  });

  it('gives up on a reader that stands still when it is flushed', () => {
    const { writer } = pipe();
    const output = new BatchedOutput(writer, { flushMs: 10 });
    for (let at = 0; at < 2000; at++) output.write(line(at));
    const began = performance.now();
    output.flushSync();
    expect(performance.now() - began).toBeLessThan(2000);
  });

  it('waits at the end of the process as long as the reader reads, and for what is said then', async () => {
    const path = join(folder, 'slow');
    execFileSync('mkfifo', [path]);
    const taken = new Promise<string>((resolve) => {
      new Worker(SLOW_READER, { eval: true, workerData: path }).once('message', resolve);
    });
    const writer = openSync(path, constants.O_WRONLY);
    // Opened once more: the first time waits for the reader to be there.
    const fd = openSync(path, constants.O_WRONLY | constants.O_NONBLOCK);
    const output = new BatchedOutput(fd, { flushMs: 2000, endMs: 60_000 });
    const lines = Array.from({ length: 10_000 }, (_, at) => `${at} ${'x'.repeat(200)}\n`);
    for (const each of lines) output.write(each);
    output.writeImmediately();
    output.write(`${'y'.repeat(100_000)}\n`);
    output.write('last\n');
    closeSync(writer);
    closeSync(fd);
    expect(await taken).toBe(`${lines.join('')}${'y'.repeat(100_000)}\nlast\n`);
  });

  it('does not wait again for each line at the end when the reader stands still', () => {
    const { writer } = pipe();
    const output = new BatchedOutput(writer, { flushMs: 300, endMs: 60_000, limit: 100_000_000 });
    for (let at = 0; at < 2000; at++) output.write(line(at));
    const began = performance.now();
    output.writeImmediately();
    for (let at = 0; at < 200; at++) output.write(line(at));
    expect(performance.now() - began).toBeLessThan(20_000);
  });

  it('ends quietly when the reader has gone', () => {
    const { reader, writer } = pipe();
    const output = new BatchedOutput(writer);
    closeSync(reader);
    output.write('nobody reads this\n');
    expect(() => output.flushSync()).not.toThrow();
    expect(() => output.write('nor this\n')).not.toThrow();
    expect(() => output.writeImmediately()).not.toThrow();
  });

  it('survives a full disk', () => {
    const output = new BatchedOutput(openSync('/dev/full', 'w'));
    output.write('lost\n');
    expect(() => output.flushSync()).not.toThrow();
    output.write('lost too\n');
    expect(() => output.flushSync()).not.toThrow();
  });

  it('writes to a file', () => {
    const path = join(folder, 'file');
    const output = new BatchedOutput(openSync(path, 'a'));
    for (let at = 0; at < 2000; at++) output.write(line(at));
    output.flushSync();
    expect(readFileSync(path, 'utf8')).toBe(Array.from({ length: 2000 }, (_, at) => line(at)).join(''));
  });
});
