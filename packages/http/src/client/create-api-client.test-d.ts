import { expectTypeOf, test } from 'vitest';
import { createApiClient, createResilientFetch, resilientApiCall } from '../index.ts';

const client = createApiClient({ name: 'types' });

test('a call has the type of what its function answers', () => {
  expectTypeOf(client.call(() => 5)).resolves.toEqualTypeOf<number>();
  expectTypeOf(client.call(async ({ idempotencyKey }) => idempotencyKey)).resolves.toEqualTypeOf<string>();
  expectTypeOf(resilientApiCall(({ signal }) => fetch('/', { signal }))).resolves.toEqualTypeOf<Response>();
});

test('wrap keeps parameters and `this`', () => {
  const wrapped = client.wrap(async (id: string, count?: number) => ({ id, count }));
  expectTypeOf<Parameters<typeof wrapped>>().toEqualTypeOf<[id: string, count?: number | undefined]>();
  expectTypeOf(wrapped('a')).resolves.toEqualTypeOf<{ id: string; count: number | undefined }>();
});

test('the drop-in fetch is a fetch', () => {
  expectTypeOf(createResilientFetch()).toEqualTypeOf<typeof fetch>();
});

test('options that do not exist are refused', () => {
  // @ts-expect-error a client needs a name
  createApiClient({});
  // @ts-expect-error settings of the memory are the client's
  client.call(() => 5, { concurrency: 5 });
});
