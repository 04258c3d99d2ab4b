import Anthropic from '@anthropic-ai/sdk';
import { request } from '@octokit/request';
import { createFlakyServer, type FlakyScript, type FlakyServer } from '@resilient/testing';
import OpenAI from 'openai';
import Stripe from 'stripe';
import { createResilientFetch, type ResilientFetchOptions } from '../src/index.ts';
import { createSkippingClock, type SkippingClock } from './skipping-clock.ts';

type Fetch = typeof globalThis.fetch;

/** What a request may carry. */
export interface Asking {
  readonly signal?: AbortSignal;
  readonly idempotencyKey?: string;
}

/** One call that changes something, through a real SDK, its own retries switched off. */
export type Ask = (asking?: Asking) => Promise<unknown>;

const COMPLETION = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'test',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
};
const MESSAGE = {
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'test',
  content: [{ type: 'text', text: 'hello' }],
  stop_reason: 'end_turn',
  usage: { input_tokens: 1, output_tokens: 1 },
};

/** An SDK, the answer that it takes for a good one, and how it is put on a fetch. */
export interface Sdk {
  readonly name: string;
  readonly good: object;
  on(port: number, fetch?: Fetch): Ask;
}

const openai: Sdk = {
  name: 'openai',
  good: COMPLETION,
  on(port, fetch) {
    const baseURL = `http://127.0.0.1:${port}/v1`;
    const client = new OpenAI({ apiKey: 'test', baseURL, maxRetries: 0, ...(fetch ? { fetch } : {}) });
    return ({ signal } = {}) =>
      client.chat.completions.create(
        { model: 'test', messages: [{ role: 'user', content: 'hi' }] },
        signal ? { signal } : {},
      );
  },
};

const anthropic: Sdk = {
  name: 'anthropic',
  good: MESSAGE,
  on(port, fetch) {
    const baseURL = `http://127.0.0.1:${port}`;
    const client = new Anthropic({ apiKey: 'test', baseURL, maxRetries: 0, ...(fetch ? { fetch } : {}) });
    return ({ signal } = {}) =>
      client.messages.create(
        { model: 'test', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] },
        signal ? { signal } : {},
      );
  },
};

const stripe: Sdk = {
  name: 'stripe',
  good: { id: 'ch_1', object: 'charge' },
  on(port, fetch) {
    const client = new Stripe('sk_test_1', {
      host: '127.0.0.1',
      port,
      protocol: 'http',
      maxNetworkRetries: 0,
      telemetry: false,
      ...(fetch ? { httpClient: Stripe.createFetchHttpClient(fetch) } : {}),
    });
    return ({ idempotencyKey } = {}) =>
      client.charges.create({ amount: 100, currency: 'eur' }, idempotencyKey ? { idempotencyKey } : {});
  },
};

const octokit: Sdk = {
  name: 'octokit',
  good: { id: 1, title: 'issue' },
  on(port, fetch) {
    const client = request.defaults({ baseUrl: `http://127.0.0.1:${port}` });
    return ({ signal } = {}) =>
      client('POST /repos/a/b/issues', {
        title: 'issue',
        request: { ...(fetch ? { fetch } : {}), ...(signal ? { signal } : {}) },
      });
  },
};

/** The SDKs that the tests run. */
export const sdks: readonly Sdk[] = [openai, anthropic, stripe, octokit];

/** An SDK on a scripted server, through the drop-in fetch. */
export interface Stage extends AsyncDisposable {
  readonly server: FlakyServer;
  readonly clock: SkippingClock;
  readonly ask: Ask;
  /** How often the SDK has called fetch. */
  readonly fetches: () => number;
}

/** Puts an SDK on a server that answers by script and then well; waits take no time and have no jitter. */
export async function stageOf(
  sdk: Sdk,
  script: FlakyScript,
  options: ResilientFetchOptions = {},
): Promise<Stage> {
  const server = await createFlakyServer(script);
  const clock = createSkippingClock();
  const resilient = createResilientFetch({ name: sdk.name, clock, random: () => 0, ...options });
  let fetches = 0;
  const fetch: Fetch = (...args) => {
    fetches += 1;
    return resilient(...args);
  };
  const ask = sdk.on(server.port, fetch);
  return { server, clock, ask, fetches: () => fetches, [Symbol.asyncDispose]: () => server.close() };
}

/** What a call throws. */
export const thrownBy = (call: Promise<unknown>): Promise<Error & Record<string, unknown>> =>
  call.then(
    (value) => {
      throw new Error(`expected an error, got ${JSON.stringify(value)}`);
    },
    (thrown) => thrown,
  );
