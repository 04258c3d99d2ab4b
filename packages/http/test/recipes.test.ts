import { readdir, readFile } from 'node:fs/promises';
import { createFlakyServer } from '@resilient/testing';
import { afterEach, describe, expect, test } from 'vitest';
import { forget } from '../src/index.ts';
import { anthropicRecipe } from './recipes/anthropic.ts';
import { nodemailerRecipe } from './recipes/nodemailer.ts';
import { octokitRecipe } from './recipes/octokit.ts';
import { openaiRecipe } from './recipes/openai.ts';
import { fetchRecipe } from './recipes/plain-fetch.ts';
import { resendRecipe } from './recipes/resend.ts';
import { stripeRecipe } from './recipes/stripe.ts';
import { runFixture } from './run-fixture.ts';
import { sdks, thrownBy } from './sdks.ts';
import { createSmtpServer } from './smtp-server.fixture.ts';

afterEach(() => forget());

const goodOf = (name: string): object => sdks.find((sdk) => sdk.name === name)?.good as object;

describe('the recipe for', () => {
  test('OpenAI: a completion survives a 500, a reset and a rate limit', async () => {
    await using server = await createFlakyServer([
      500,
      { reset: true },
      { status: 429, headers: { 'retry-after-ms': '20' }, json: {} },
      { json: goodOf('openai') },
    ]);
    const openai = openaiRecipe({ baseURL: server.url });
    const { choices } = await openai.chat.completions.create({
      model: 'test',
      messages: [{ role: 'user', content: 'hi' }],
    });
    expect(choices[0]?.message.content).toBe('hello');
    expect(server.requests).toHaveLength(4);
  });

  test('Anthropic: a message survives an overload', async () => {
    await using server = await createFlakyServer([
      { status: 529, json: { type: 'error', error: { type: 'overloaded_error', message: 'busy' } } },
      { json: goodOf('anthropic') },
    ]);
    const anthropic = anthropicRecipe({ baseURL: server.url });
    const request = { model: 'test', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] } as const;
    expect((await anthropic.messages.create({ ...request, messages: [...request.messages] })).id).toBe(
      'msg_1',
    );
    expect(server.requests).toHaveLength(2);
  });

  test('Stripe: one key for an order, in a second run of the job as well', async () => {
    const page = { status: 502, body: '<h1>Bad Gateway</h1>' }; // the SDK says nothing of its status
    await using server = await createFlakyServer([page, { reset: true }, { json: goodOf('stripe') }]);
    const pay = stripeRecipe({ host: '127.0.0.1', port: server.port, protocol: 'http', telemetry: false });
    await pay({ id: '7', cents: 100 });
    await pay({ id: '7', cents: 100 });
    expect(server.requests.map((request) => request.idempotencyKey)).toEqual(new Array(4).fill('order-7'));
  });

  test('AWS: one deduplication id over all attempts, and no retry of the SDK’s own', async () => {
    const { messageId, ids } = await runFixture<{ messageId: string; ids: string[] }>(
      'aws-recipe.fixture.ts',
    );
    expect([messageId, ids.length]).toEqual(['m-1', 3]);
    expect(new Set(ids).size).toBe(1);
  }, 240_000);

  test('Octokit: a read is repeated, a new issue is not, and a rate limit is waited for', async () => {
    const limit = { 'x-ratelimit-remaining': '0', 'retry-after': '1' };
    await using server = await createFlakyServer([
      502,
      { json: { id: 1 } },
      { status: 403, headers: limit, json: { message: 'API rate limit exceeded' } },
      { json: { id: 2 } },
      502,
    ]);
    const request = octokitRecipe({ baseUrl: server.url });
    const read = () => request('GET /repos/{owner}/{repo}', { owner: 'a', repo: 'b' });
    expect([(await read()).data.id, (await read()).data.id]).toEqual([1, 2]);
    await thrownBy(request('POST /repos/{owner}/{repo}/issues', { owner: 'a', repo: 'b', title: 'x' }));
    expect(server.requests).toHaveLength(5);
  });

  test('Resend: one key for a mail over all attempts', async () => {
    await using server = await createFlakyServer([500, { reset: true }, { json: { id: 'sent-1' } }]);
    const send = resendRecipe(server.url);
    expect(await send({ id: '7', to: 'a@example.org', subject: 'Hello', text: 'x' })).toBe('sent-1');
    expect(server.requests.map((request) => request.idempotencyKey)).toEqual(new Array(3).fill('mail-7'));
  });

  test('plain fetch: yesterday’s prices in place of an error', async () => {
    await using server = await createFlakyServer([{ json: [1, 2] }, { status: 400, json: {} }]);
    const prices = fetchRecipe(server.url);
    expect(await prices()).toEqual([1, 2]);
    expect(await prices()).toEqual([1, 2]);
    expect(server.requests).toHaveLength(2);
  });
});

describe('the recipe for nodemailer', () => {
  const mail = { id: '7', to: 'a@example.org', subject: 'Hello', text: 'x' };

  test('repeats what the server has refused for now', async () => {
    await using server = await createSmtpServer(['refuse', 'accept']);
    const send = nodemailerRecipe({ host: '127.0.0.1', port: server.port });
    expect((await send(mail)).messageId).toBe('<7@example.org>');
    expect([server.mails.length, server.connections()]).toEqual([1, 2]);
  });

  test('does not repeat what it has refused for good', async () => {
    await using server = await createSmtpServer(['reject', 'accept']);
    const send = nodemailerRecipe({ host: '127.0.0.1', port: server.port });
    expect(await thrownBy(send(mail))).toMatchObject({ code: 'REJECTED', outcome: 'rejected' });
    expect(server.connections()).toBe(1);
  });

  test('never sends a mail twice when the line breaks after it', async () => {
    await using server = await createSmtpServer(['break', 'accept']);
    const send = nodemailerRecipe({ host: '127.0.0.1', port: server.port });
    expect(await thrownBy(send(mail))).toMatchObject({ code: 'OUTCOME_UNKNOWN', outcome: 'unknown' });
    expect([server.mails.length, server.connections()]).toEqual([1, 1]);
  });
});

test('every recipe is named by the README, and nothing else is', async () => {
  const readme = await readFile(new URL('../README.md', import.meta.url), 'utf8');
  const linked = [...readme.matchAll(/\]\(test\/recipes\/([a-z-]+\.ts)\)/g)].map(([, file]) => file);
  expect(linked.sort()).toEqual((await readdir(new URL('recipes/', import.meta.url))).sort());
  expect(readme.split('\n').length).toBeLessThanOrEqual(150);
});
