import 'reflect-metadata';
import { describe, expect, it } from '@jest/globals';
import { ADMIN_ENDPOINT_KEY, type AdminAnswer, AdminEndpoint, type AdminRequest } from './admin-endpoint.js';

describe('AdminEndpoint', () => {
  it('marks a class with its path, whether it answers at once or later', async () => {
    @AdminEndpoint({ path: '/queues' })
    class Queues implements AdminEndpoint {
      async handle({ query }: AdminRequest): Promise<AdminAnswer> {
        return { body: { of: query.get('of') } };
      }
    }

    @AdminEndpoint({ path: '/version' })
    class Version implements AdminEndpoint {
      handle(): AdminAnswer {
        return { status: 503, body: null };
      }
    }

    expect(Reflect.getMetadata(ADMIN_ENDPOINT_KEY, Queues)).toEqual({ path: '/queues' });
    expect(Reflect.getMetadata(ADMIN_ENDPOINT_KEY, Version)).toEqual({ path: '/version' });
  });

  it('goes only on a class that answers, as the compiler sees it', () => {
    // @ts-expect-error there is nothing to answer with
    @AdminEndpoint({ path: '/empty' })
    class Empty {}

    // @ts-expect-error an answer has a body
    @AdminEndpoint({ path: '/bare' })
    class Bare {
      handle(): string {
        return 'bare';
      }
    }

    // @ts-expect-error an answer has one of few statuses
    @AdminEndpoint({ path: '/teapot' })
    class Teapot {
      handle(): { status: 418; body: string } {
        return { status: 418, body: 'short and stout' };
      }
    }

    // @ts-expect-error a path begins with a slash
    @AdminEndpoint({ path: 'queues' })
    class Relative implements AdminEndpoint {
      handle(): AdminAnswer {
        return { body: 1 };
      }
    }

    // @ts-expect-error an endpoint has a path
    @AdminEndpoint({})
    class Nowhere implements AdminEndpoint {
      handle(): AdminAnswer {
        return { body: 1 };
      }
    }

    expect([Empty, Bare, Teapot, Relative, Nowhere]).toHaveLength(5);
  });
});
