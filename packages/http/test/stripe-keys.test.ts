import { createFlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createApiClient, forget } from '../src/index.ts';
import { type Sdk, sdks, stageOf, thrownBy } from './sdks.ts';

afterEach(() => forget());

const stripe = sdks.find(({ name }) => name === 'stripe') as Sdk;
const charge = { json: stripe.good };
const faults = [{ status: 500, json: { error: {} } }, { reset: true }, { status: 409, json: { error: {} } }];
const inUse = { status: 409, json: { error: { code: 'idempotency_key_in_use', type: 'idempotency_error' } } };

test('around stripe, a charge has one key over all its attempts', async () => {
  await using server = await createFlakyServer([faults[0], faults[1], inUse, charge] as never);
  const ask = stripe.on(server.port);
  const client = createApiClient({ name: 'stripe', backoff: () => 0 });
  await client.call(({ idempotencyKey }) => ask({ idempotencyKey }));
  const keys = server.requests.map((request) => request.idempotencyKey);
  expect(keys).toHaveLength(4);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toMatch(/^[0-9a-f-]{36}$/);
  server.set([faults[0] as never, charge]);
  await client.call(({ idempotencyKey }) => ask({ idempotencyKey }));
  expect(server.requests.at(-1)?.idempotencyKey).not.toBe(keys[0]);
});

test('the caller’s own key is the one that is sent, in a second run of the job as well', async () => {
  await using server = await createFlakyServer([faults[0] as never, charge, { reset: true }, charge]);
  const ask = stripe.on(server.port, globalThis.fetch);
  const client = createApiClient({ name: 'stripe', backoff: () => 0 });
  const pay = () =>
    client.call(({ idempotencyKey }) => ask({ idempotencyKey }), { idempotencyKey: 'order-7' });
  await pay();
  await pay();
  expect(server.requests.map((request) => request.idempotencyKey)).toEqual(new Array(4).fill('order-7'));
});

test('a key that was forgotten makes one charge', async () => {
  await using server = await createFlakyServer([faults[0] as never, charge]);
  const ask = stripe.on(server.port);
  const error = await thrownBy(createApiClient({ name: 'stripe' }).call(() => ask()));
  expect(error).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown', status: 500 });
  expect(server.requests).toHaveLength(1);
});

test('through the drop-in fetch, stripe’s own key makes a charge repeatable', async () => {
  await using stage = await stageOf(stripe, [faults[0] as never, { reset: true }, inUse, charge]);
  await stage.ask();
  const keys = stage.server.requests.map((request) => request.idempotencyKey);
  expect(keys).toHaveLength(4);
  expect(new Set(keys).size).toBe(1);
  expect(keys[0]).toBeTruthy();
});
