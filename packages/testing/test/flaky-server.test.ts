import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createFlakyServer, createVirtualClock } from '../src/index.ts';

const codeOf = (error: unknown): string | undefined => {
  const cause = (error as Error).cause ?? error;
  return (cause as NodeJS.ErrnoException).code ?? (cause as Error).name;
};
const failure = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => expect.unreachable('it did not fail'),
    (error: unknown) => error,
  );
const until = async (condition: () => boolean): Promise<void> => {
  for (let round = 0; !condition() && round < 2_000; round++)
    await new Promise((resolve) => setTimeout(resolve, 5));
  expect(condition()).toBe(true);
};

describe('createFlakyServer', () => {
  it('answers step by step, and repeats the last one', async () => {
    await using server = await createFlakyServer([
      503,
      { status: 429, headers: { 'retry-after': '2', 'set-cookie': ['a=1', 'b=2'] }, body: 'slow down' },
      { json: { ok: true } },
    ]);
    const answers = [];
    for (let round = 0; round < 4; round++) answers.push(await fetch(server.url));
    expect(answers.map((answer) => answer.status)).toEqual([503, 429, 200, 200]);
    expect(answers[1]?.headers.get('retry-after')).toBe('2');
    expect(answers[1]?.headers.getSetCookie()).toEqual(['a=1', 'b=2']);
    expect(await answers[1]?.text()).toBe('slow down');
    expect(answers[2]?.headers.get('content-type')).toBe('application/json');
    expect(await answers[3]?.json()).toEqual({ ok: true });
  });

  it('records what arrived: method, url, headers, body, key and times', async () => {
    await using server = await createFlakyServer({ latencyMs: 30 });
    await fetch(`${server.url}/orders?page=2`, {
      method: 'POST',
      body: '{"total":"12 €"}',
      headers: { 'idempotency-key': 'order-7', 'x-trace': 't' },
    });
    const [request] = server.requests;
    expect(request).toMatchObject({
      n: 0,
      method: 'POST',
      url: '/orders?page=2',
      body: '{"total":"12 €"}',
      idempotencyKey: 'order-7',
      headers: { 'x-trace': 't' },
      aborted: false,
    });
    await until(() => request?.endedAt !== undefined);
    expect((request?.endedAt ?? 0) - (request?.at ?? 0)).toBeGreaterThanOrEqual(29);
    expect(server.connections).toBe(1);
  });

  it('asks a function, which sees the body and the number of the request', async () => {
    await using server = await createFlakyServer(async ({ body }, n) => ({ body: `${n}:${body}` }));
    const post = async (body: string): Promise<string> =>
      (await fetch(server.url, { method: 'POST', body })).text();
    expect([await post('a'), await post('b')]).toEqual(['0:a', '1:b']);
    server.set(() => {
      throw new Error('oops');
    });
    const answer = await fetch(server.url);
    expect([answer.status, await answer.text()]).toEqual([599, 'the script failed: Error: oops']);
    server.set(() => 99);
    expect((await fetch(server.url)).status).toBe(599);
  });

  it('starts again with a new script', async () => {
    await using server = await createFlakyServer([500, 501]);
    await fetch(server.url);
    server.set([502, 503]);
    expect([(await fetch(server.url)).status, (await fetch(server.url)).status]).toEqual([502, 503]);
    expect(server.requests.map(({ n }) => n)).toEqual([0, 0, 1]);
  });

  it('closes or resets the connection instead of an answer', async () => {
    await using server = await createFlakyServer([{ close: true }, { reset: true }, { close: 'before' }]);
    const send = (): Promise<unknown> => failure(fetch(server.url, { method: 'POST', body: 'x'.repeat(10) }));
    expect(codeOf(await send())).toBe('UND_ERR_SOCKET');
    expect(codeOf(await send())).toBe('ECONNRESET');
    expect(codeOf(await send())).toMatch(/UND_ERR_SOCKET|ECONNRESET|EPIPE/);
    await until(() => server.requests.every(({ endedAt }) => endedAt !== undefined));
    expect(server.requests.map(({ body, aborted }) => [body.length, aborted]).slice(0, 2)).toEqual([
      [10, false],
      [10, false],
    ]);
  });

  it('cuts the connection before it has read a long request', async () => {
    await using server = await createFlakyServer({ close: 'before' });
    const socket = connect(server.port, '127.0.0.1');
    const closed = new Promise((resolve) => socket.once('close', resolve));
    socket.on('error', () => {});
    socket.write('POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 1000\r\n\r\nfirst');
    await closed;
    expect(server.requests[0]).toMatchObject({ method: 'POST', aborted: false });
  });

  it('sends bytes that are no HTTP', async () => {
    await using server = await createFlakyServer([
      { garbage: true },
      { garbage: 'HTTP/1.1 200 OK\r\nno colon\r\n\r\n' },
    ]);
    for (let round = 0; round < 2; round++) {
      expect(await failure(fetch(server.url))).toMatchObject({ cause: { name: 'HTTPParserError' } });
    }
  });

  it('truncates the body it has announced', async () => {
    const body = 'abcdefgh';
    await using server = await createFlakyServer([
      { body, truncate: true },
      { body, truncate: 0 },
      { body, truncate: 3, reset: true },
    ]);
    for (let round = 0; round < 3; round++) {
      const answer = await fetch(server.url);
      expect([answer.status, answer.headers.get('content-length')]).toEqual([200, '8']);
      expect(await failure(answer.text())).toBeInstanceOf(TypeError);
    }
  });

  it('hangs, before the answer or in the middle of it, until the client goes', async () => {
    await using server = await createFlakyServer([{ hang: true }, { hang: 'body', body: 'half of it' }]);
    const impatient = new AbortController();
    const hanging = failure(fetch(server.url, { signal: impatient.signal }));
    await until(() => server.requests.length === 1);
    impatient.abort();
    expect(await hanging).toMatchObject({ name: 'AbortError' });
    const controller = new AbortController();
    const answer = await fetch(server.url, { signal: controller.signal });
    expect(answer.status).toBe(200);
    const text = failure(answer.text());
    controller.abort();
    expect(await text).toMatchObject({ name: 'AbortError' });
    await until(() => server.requests.every(({ aborted }) => aborted));
  });

  it('waits on the clock it is given, and leaves no timer when the client goes', async () => {
    const clock = createVirtualClock();
    await using server = await createFlakyServer({ latencyMs: 60_000, body: 'at last' }, { clock });
    const answer = fetch(server.url);
    await until(() => clock.pending === 1);
    await clock.advance(60_000);
    expect(await (await answer).text()).toBe('at last');
    expect(server.requests[0]?.at).toBe(0);
    const controller = new AbortController();
    const gone = failure(fetch(server.url, { signal: controller.signal }));
    await until(() => clock.pending === 1);
    controller.abort();
    await gone;
    await until(() => clock.pending === 0);
    expect(server.requests[1]?.aborted).toBe(true);
  });

  it('draws faults by seeded rates, the same each time', async () => {
    const outcomes = async (seed: number): Promise<string[]> => {
      await using server = await createFlakyServer({
        seed,
        rates: { 503: 0.3, reset: 0.2, garbage: 0.1, close: 0.1 },
        otherwise: { body: 'fine' },
      });
      const seen: string[] = [];
      for (let round = 0; round < 60; round++) {
        seen.push(
          await fetch(server.url).then(
            ({ status }) => String(status),
            (error) => codeOf(error) ?? '?',
          ),
        );
      }
      return seen;
    };
    const first = await outcomes(5);
    expect(await outcomes(5)).toEqual(first);
    expect(await outcomes(6)).not.toEqual(first);
    expect(new Set(first).size).toBeGreaterThanOrEqual(5);
  });

  it('comes back on the port of one that was closed', async () => {
    const first = await createFlakyServer({ hang: true });
    const hanging = failure(fetch(first.url));
    await until(() => first.requests.length === 1);
    await first.close();
    expect(codeOf(await hanging)).toBe('UND_ERR_SOCKET');
    expect(first.requests[0]?.aborted).toBe(false);
    await first.close();
    expect(codeOf(await failure(fetch(first.url)))).toBe('ECONNREFUSED');
    await using second = await createFlakyServer(204, { port: first.port });
    expect((await fetch(first.url)).status).toBe(204);
    await expect(createFlakyServer(200, { port: second.port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });

  it('names bad input', async () => {
    await expect(createFlakyServer([])).rejects.toThrow('expected `script` to be at least one step');
    await expect(createFlakyServer([200, 99])).rejects.toThrow(
      'expected `script[1].status` to be an integer from 200 to 599, got 99',
    );
    await expect(createFlakyServer({ stat: 5 } as never)).rejects.toThrow(
      'unknown option `stat` of script[0]',
    );
    await expect(createFlakyServer('x' as never)).rejects.toThrow(TypeError);
    await expect(createFlakyServer({ body: {} as never })).rejects.toThrow('expected `script[0].body`');
    await expect(createFlakyServer({ latencyMs: -1 })).rejects.toThrow(RangeError);
    await expect(createFlakyServer({ rates: { 500: 0.6, hang: 0.5 } })).rejects.toThrow('at most 1 together');
    await expect(createFlakyServer({ rates: { fire: 0.1 } as never })).rejects.toThrow(
      'expected `rates.fire.status`',
    );
    await expect(createFlakyServer(200, { port: -1 })).rejects.toThrow('expected `port`');
  });
});
