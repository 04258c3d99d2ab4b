import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** How the local tutor behaves; all but `well` are for trying out what the site does then. */
export const TUTOR_MOODS = ['well', 'slow', 'limited', 'failing', 'garbage', 'hanging-up'] as const;

/** One of {@link TUTOR_MOODS}. */
export type TutorMood = (typeof TUTOR_MOODS)[number];

const ANSWERS: readonly (readonly [RegExp, string])[] = [
  [
    /fraction|half|third|quarter/i,
    'A fraction is a part of a whole: the number below says into how many equal parts, the one above how many of them.',
  ],
  [
    /triangle|angle/i,
    'Tear the three corners off a paper triangle and put them side by side: they make a straight line, 180 degrees.',
  ],
  [/planet|sun|moon/i, 'Eight planets go round the sun. Mercury is the nearest, Neptune the farthest.'],
  [
    /verb|noun|adjective/i,
    'A verb says what somebody does, a noun names a thing, an adjective says what it is like.',
  ],
];

/** A tutor on this machine that speaks the protocol of OpenAI's completions, behind a real hop of HTTP. */
export class LocalTutor {
  mood: TutorMood = 'well';
  readonly #server: Server = createServer((request, response) => void this.#answer(request, response));

  /** Listens on a free port of the loopback address, and answers the base URL for an SDK. */
  async listen(): Promise<string> {
    this.#server.listen({ host: '127.0.0.1', port: 0, exclusive: true });
    await once(this.#server, 'listening');
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/v1`;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    switch (this.mood) {
      case 'slow':
        await sleep(120_000, undefined, { ref: false });
        break;
      case 'limited':
        response.writeHead(429, { 'retry-after': '30', 'content-type': 'application/json' });
        response.end('{"error":{"message":"slow down","type":"requests"}}');
        return;
      case 'failing':
        response.writeHead(500, { 'content-type': 'application/json' });
        response.end('{"error":{"message":"something broke","type":"server_error"}}');
        return;
      case 'garbage':
        response.writeHead(502, { 'content-type': 'text/html' });
        response.end('<html>not what you asked for');
        return;
      case 'hanging-up':
        response.destroy();
        return;
      case 'well':
        break;
    }
    response.writeHead(200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(completion(lastQuestion(Buffer.concat(chunks).toString()))));
  }
}

function lastQuestion(body: string): string {
  try {
    const { messages } = JSON.parse(body) as { messages?: { content?: unknown }[] };
    return String(messages?.at(-1)?.content ?? '');
  } catch {
    return '';
  }
}

function completion(question: string): object {
  const known = ANSWERS.find(([pattern]) => pattern.test(question))?.[1];
  const content =
    known ?? 'Good question. Say it in your own words first: what do you know, and what is missing?';
  return {
    id: 'local',
    object: 'chat.completion',
    created: Math.floor(Date.now() / 1_000),
    model: 'local-tutor',
    choices: [{ index: 0, finish_reason: 'stop', message: { role: 'assistant', content } }],
  };
}
