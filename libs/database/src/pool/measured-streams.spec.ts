import { EventEmitter } from 'node:events';
import { describe, expect, it } from '@jest/globals';
import type { PoolConnection } from 'mysql2';
import { type Operation, Operations } from '../telemetry/operations.js';
import { MeasuredStreams } from './measured-streams.js';

describe('MeasuredStreams', () => {
  const measured = () => {
    const told: Operation[] = [];
    const operations = new Operations('mysql');
    operations.listen((operation) => void told.push(operation));
    const connection = Object.assign(new EventEmitter(), { destroy: () => undefined });
    const streams = new MeasuredStreams(connection as unknown as PoolConnection, operations, () => undefined);
    const command = new EventEmitter();
    return { told, connection, streams, command };
  };
  const failure = Object.assign(new Error('refused'), { sql: "SELECT 'Xq7zK9'" });

  it('leaves an error that nobody listens to one that ends the process', () => {
    const { told, streams, command, connection } = measured();
    streams.measure("SELECT 'Xq7zK9'", () => command);

    expect(() => command.emit('error', failure)).toThrow(/refused/);
    expect(() => connection.emit('error', failure)).toThrow(/refused/);
    expect(failure.sql).toBe('SELECT ?');
    expect(told).toEqual([expect.objectContaining({ error: failure })]);
  });

  it('ends each once, whatever comes after', () => {
    const { told, streams, command, connection } = measured();
    expect(streams.measure('SELECT 1', () => command)).toBe(command);
    command.emit('result', {}, 0);
    command.emit('result', {}, 0);
    command.emit('end');
    command.on('error', () => undefined).emit('error', failure);
    connection.on('error', () => undefined).emit('error', failure);

    expect(told).toEqual([expect.objectContaining({ error: undefined, rows: 2 })]);
  });

  it('ends what could not be sent, and throws what it threw', () => {
    const { told, streams } = measured();
    const send = (): never => {
      throw failure;
    };

    expect(() => streams.measure('SELECT 1', send)).toThrow(failure);
    expect(told).toEqual([expect.objectContaining({ error: failure })]);
  });
});
