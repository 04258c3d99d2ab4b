import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import OpenAI from 'openai';
import { afterEach, expect, test } from 'vitest';
import { createResilientFetch, forget } from '../src/index.ts';

afterEach(() => forget());

const completion = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'test',
  choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'hello' } }],
};

async function serverOf(answers: { status: number; headers?: Record<string, string>; json: unknown }[]) {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const step = answers[Math.min(bodies.length, answers.length - 1)];
    bodies.push(Buffer.concat(chunks).toString());
    response.writeHead(step?.status ?? 200, { 'content-type': 'application/json', ...step?.headers });
    response.end(JSON.stringify(step?.json));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    bodies,
    close: () => new Promise((resolve) => server.close(resolve)),
  };
}

test('the openai SDK gets its completion although the first answer is a 500', async () => {
  const server = await serverOf([
    { status: 500, json: { error: { message: 'down' } } },
    { status: 200, json: completion },
  ]);
  const fetch = createResilientFetch({ name: 'openai', idempotent: true, timeoutMs: 300_000 });
  const openai = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, fetch, maxRetries: 0 });
  const answer = await openai.chat.completions.create({
    model: 'test',
    messages: [{ role: 'user', content: 'hi' }],
  });
  expect(answer.choices[0]?.message.content).toBe('hello');
  expect(server.bodies).toHaveLength(2);
  expect(server.bodies[0]).toBe(server.bodies[1]);
  await server.close();
});
