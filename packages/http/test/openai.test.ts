import { createFlakyServer, type FlakyScript } from '@resilient/testing';
import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';
import {
  ApiCallError,
  createResilientFetch,
  forget,
  type ResilientFetchOptions,
  resilientApiCall,
} from '../src/index.ts';

afterEach(() => forget());

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'test',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
};

async function openaiOn(script: FlakyScript, options: ResilientFetchOptions = {}) {
  const server = await createFlakyServer(script);
  const fetch = createResilientFetch({
    name: 'openai',
    idempotent: true,
    timeoutMs: 300_000,
    backoff: () => 0,
    ...options,
  });
  const openai = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, fetch, maxRetries: 0 });
  const ask = (signal?: AbortSignal) =>
    openai.chat.completions.create(
      { model: 'test', messages: [{ role: 'user', content: 'hi' }] },
      signal ? { signal } : {},
    );
  return { server, ask };
}

test('the SDK gets its completion although the first answer is a 500', async () => {
  const { server, ask } = await openaiOn([
    { status: 500, json: { error: { message: 'down' } } },
    { json: completion },
  ]);
  expect((await ask()).choices[0]?.message.content).toBe('hello');
  expect(server.requests.map(({ method, url }) => `${method} ${url}`)).toEqual(
    new Array(2).fill('POST /v1/chat/completions'),
  );
  expect(server.requests[0]?.body).toBe(server.requests[1]?.body);
  await server.close();
});

test('a 429 is waited for as long as it says', async () => {
  const { server, ask } = await openaiOn([
    { status: 429, headers: { 'retry-after-ms': '150' }, json: {} },
    { json: completion },
  ]);
  await ask();
  const [first, second] = server.requests;
  expect((second?.at ?? 0) - (first?.endedAt ?? 0)).toBeGreaterThanOrEqual(140);
  await server.close();
});

test('an empty purse and a final error reach the SDK as it knows them', async () => {
  const { server, ask } = await openaiOn({
    status: 429,
    json: { error: { type: 'insufficient_quota', message: 'pay' } },
  });
  await expect(ask()).rejects.toThrow(OpenAI.RateLimitError);
  expect(server.requests).toHaveLength(1);
  server.set({ status: 500, json: { error: { message: 'down' } } });
  await expect(ask()).rejects.toThrow(OpenAI.InternalServerError);
  expect(server.requests).toHaveLength(5);
  await server.close();
});

test('the SDK repeats none of our refusals by itself', async () => {
  const { server, ask } = await openaiOn({ hang: true }, { attemptTimeoutMs: 1_000, idempotent: false });
  const error = await ask().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
  expect((error as Error).cause).toBeInstanceOf(ApiCallError);
  expect((error as Error).cause).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  expect(server.requests).toHaveLength(1);
  await server.close();
});

test('the SDK knows its user’s abort', async () => {
  const caller = new AbortController();
  const { server, ask } = await openaiOn(() => {
    caller.abort(); // not before the request has arrived
    return { hang: true };
  });
  await expect(ask(caller.signal)).rejects.toThrow(OpenAI.APIUserAbortError);
  expect(server.requests).toHaveLength(1);
  await server.close();
});

test('around the SDK, its errors are judged by their shape', async () => {
  const server = await createFlakyServer([{ status: 500, json: {} }, { reset: true }, { json: completion }]);
  const openai = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 });
  const body = { model: 'test', messages: [{ role: 'user' as const, content: 'hi' }] };
  const answer = await resilientApiCall(({ signal }) => openai.chat.completions.create(body, { signal }), {
    name: 'openai',
    idempotent: true,
    backoff: () => 0,
  });
  expect(answer.choices[0]?.message.content).toBe('hello');
  expect(server.requests).toHaveLength(3);
  await server.close();
});
