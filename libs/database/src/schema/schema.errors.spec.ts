import { describe, expect, it } from '@jest/globals';
import { causeChain } from '@eggybyte/errors';
import { InitTableError, reasonOf, SchemaApplyError, SchemaPendingError } from './schema.errors.js';

const step = { kind: 'create-index', table: 'hen', object: 'by_name', sql: 'CREATE UNIQUE INDEX …' } as const;

function serverError(errno: number, code: string, message: string): Error {
  return Object.assign(new Error(message), { errno, code });
}

const told = (error: Error): string => causeChain(error).map(String).join('\n');

describe('errors of the schema', () => {
  it('hold no value of a row', () => {
    const duplicate = serverError(1062, 'ER_DUP_ENTRY', "Duplicate entry 'sesame' for key 'by_name'");
    const errors = [new SchemaApplyError(step, duplicate), new InitTableError('Hens', reasonOf(duplicate), duplicate)];

    for (const error of errors) {
      expect(told(error)).not.toContain('sesame');
      expect(told(error)).toContain('ER_DUP_ENTRY');
    }
  });

  it('keep what the server says otherwise, with its cause', () => {
    const denied = serverError(
      1142,
      'ER_TABLEACCESS_DENIED_ERROR',
      "INDEX command denied to user 'shop'@'10.0.0.7' for table",
    );
    const error = new SchemaApplyError(step, denied);

    expect(error).toMatchObject({
      what: 'Step create-index of hen.by_name failed',
      why: denied.message,
      cause: denied,
    });
    expect(error.fix).toContain('grant `shop` INDEX');
  });

  it('name the first of what is missing', () => {
    const missing = Array.from({ length: 7 }, (_, at) => `add-column hen.c${at}`);

    expect(new SchemaPendingError(missing)).toMatchObject({
      status: 503,
      what: 'The schema lacks 7 changes',
      why: 'add-column hen.c0, add-column hen.c1, add-column hen.c2, add-column hen.c3, add-column hen.c4, …',
    });
  });
});
