import { withDeadline } from '@resilient/core';
import { createFlakyServer } from '@resilient/testing';
import { afterEach, expect, test } from 'vitest';
import { createResilientFetch, forget } from '../src/index.ts';

afterEach(() => forget());

test('an origin that is named is told, at each attempt, until when somebody waits', async () => {
  await using server = await createFlakyServer([500, 200]);
  await using other = await createFlakyServer(200);
  const fetch = createResilientFetch({
    name: 'told',
    deadlineHeader: [server.url],
    timeoutMs: 10_000,
    attemptTimeoutMs: 4_000,
    backoff: () => 50,
  });
  const before = Date.now();
  const headers = { 'x-kept': 'yes' };
  await fetch(server.url, { method: 'PUT', body: 'text', headers });
  await fetch(other.url);
  const after = Date.now();
  const told = server.requests.map((request) => Date.parse(String(request.headers.deadline)));
  expect(told).toHaveLength(2);
  for (const at of told) {
    expect(at).toBeGreaterThanOrEqual(before + 3_999);
    expect(at).toBeLessThanOrEqual(after + 4_000);
  }
  expect((told[1] as number) - (told[0] as number)).toBeGreaterThanOrEqual(45);
  expect(server.requests[0]?.headers.deadline).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  expect(server.requests[0]?.headers).toMatchObject({
    'x-kept': 'yes',
    'content-type': 'text/plain;charset=UTF-8',
  });
  expect(other.requests[0]?.headers.deadline).toBeUndefined();
});

test('the enclosing deadline is told if it is the earlier one; a Request keeps its headers', async () => {
  await using server = await createFlakyServer(200);
  const fetch = createResilientFetch({ deadlineHeader: [server.url] });
  const before = Date.now();
  const request = new Request(server.url, { headers: { 'x-kept': 'yes' } });
  await withDeadline(2_000, () => fetch(request));
  const headers = server.requests[0]?.headers;
  expect(Date.parse(String(headers?.deadline)) - before).toBeLessThanOrEqual(2_000 + Date.now() - before);
  expect(headers?.['x-kept']).toBe('yes');
});

test('nothing is told without a limit, and the caller’s own header stays', async () => {
  await using server = await createFlakyServer(200);
  const endless = createResilientFetch({ deadlineHeader: [server.url], timeoutMs: Number.POSITIVE_INFINITY });
  await endless(server.url);
  const limited = createResilientFetch({ deadlineHeader: [server.url] });
  await limited(server.url, { headers: { deadline: 'mine' } });
  expect(server.requests.map(({ headers }) => headers.deadline)).toEqual([undefined, 'mine']);
});

test.each([['https://api.example.org/'], ['api.example.org'], ['ftp://a.example.org'], [5]])(
  'an origin %o is refused',
  (origin) => {
    expect(() => createResilientFetch({ deadlineHeader: [origin as string] })).toThrow(/`deadlineHeader`/);
  },
);
