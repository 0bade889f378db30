import { describe, expect, it } from '@jest/globals';
import type { ArgumentsHost } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { EggyExceptionFilter } from './exception-filter.js';

describe('EggyExceptionFilter', () => {
  it.each(['rpc', 'ws', 'graphql'])('leaves errors of %s to Nest', (type) => {
    const filter = new EggyExceptionFilter({}, new HttpAdapterHost());
    const host = { getType: () => type } as unknown as ArgumentsHost;
    expect(filter.catch(new Error('theirs'), host)).toBeUndefined();
  });
});
