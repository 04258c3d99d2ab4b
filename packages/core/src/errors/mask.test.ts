import { describe, expect, it } from 'vitest';
import { maskMessage } from './mask.ts';

describe('maskMessage', () => {
  it.each([
    [
      'connect to redis://app:hunter2@cache:6379/0?db=1 failed',
      'connect to redis://***@cache:6379/0?*** failed',
    ],
    ['postgres://:hunter2@host/db', 'postgres://***@host/db'],
    ['postgres://u:hunter2@x@host/db', 'postgres://***@host/db'],
    ['postgres://u:hunt/er2@host:5432/db', 'postgres://***@host:5432/db'],
    ['user:hunter2@host:6379 refused', '***@host:6379 refused'],
    ['GET https://api.example/v1?key=hunter2#frag 500', 'GET https://api.example/v1?*** 500'],
    ['see https://app.example/#access=hunter2', 'see https://app.example/#***'],
    ['GET /reset?token=hunter2 404', 'GET /reset?*** 404'],
    ['sent Bearer hunter2', 'sent Bearer ***'],
    ['authorization: Basic aHVudGVyMg== and more', 'authorization: ***'],
    ['Cookie: sid=hunter2; theme=dark', 'Cookie: ***'],
    ['password: hunter2', 'password: ***'],
    ['{"password":"hunter 2","user":"ada"}', '{"password":***,"user":"ada"}'],
    [`{'pwd': 'hunter 2`, `{'pwd': ***`],
    ['api_key=hunter2', 'api_key=***'],
    ['apiKey => hunter2', 'apiKey => ***'],
    ['x-api-key: hunter2', 'x-api-key: ***'],
    ['DB_PASSWORD=hunter2 SECRET_KEY=hunter2', 'DB_PASSWORD=*** SECRET_KEY=***'],
    ['clientSecret: hunter2', 'clientSecret: ***'],
    ['Incorrect API key provided: hunter2', 'Incorrect API key provided: ***'],
    ['no such key sk-hunter2', 'no such key ***'],
    ['sk_live_hunter2 is revoked', '*** is revoked'],
    ['ghp_hunter2 AKIAHUNTER2HUNTER glpat-hunter2', '*** *** ***'],
    ['jwt eyJhbGci.eyJzdWIi.hunter2', 'jwt ***'],
    ['hash 0123456789abcdef0123', 'hash ***'],
    ['blob QUJDREVGR0hJSktMTU5P/+==', 'blob ***'],
    ['id 6f9619ff-8b86-d011-b42d-00c04fc964ff', 'id ***'],
  ])('%s', (text, masked) => {
    expect(maskMessage(text)).toBe(masked);
  });

  it.each([
    'connect ECONNREFUSED 127.0.0.1:5432',
    'getaddrinfo ENOTFOUND my-service.internal',
    'UND_ERR_CONNECT_TIMEOUT after 10 s',
    'GET https://registry.example/@scope/package 404',
    'http://localhost:4873/@scope/x',
    'Unexpected token } in JSON at position 5',
    'duplicate key value violates unique constraint "users_pkey"',
    'no mail to jane@example.com: mailbox full',
    'Really? Yes, 100 % = all of it',
    '3 tests passed: fine',
  ])('leaves alone what is no secret: %s', (text) => {
    expect(maskMessage(text)).toBe(text);
  });

  it('cuts to 200 characters, never through a pair of surrogates', () => {
    expect(maskMessage('word '.repeat(100))).toHaveLength(200);
    expect(maskMessage('word '.repeat(40))).toBe('word '.repeat(40));
    const cut = maskMessage(`${'a '.repeat(99)}😀 and more`);
    expect(cut.isWellFormed()).toBe(true);
    expect(cut.length).toBeLessThanOrEqual(200);
  });

  it('shows nothing of a secret that stands where reading ends', () => {
    for (let pad = 4_060; pad < 4_100; pad += 1) {
      const masked = maskMessage(`${'A'.repeat(pad)} hunter2!hunter2!hunter2`);
      expect(masked).not.toMatch(/h?unter2!h$/);
    }
    expect(maskMessage('hunter2.'.repeat(1_000))).toBe('…');
  });

  it('takes the message of an error, and anything else', () => {
    const hostile = new Proxy(
      {},
      {
        get() {
          throw new Error('trap');
        },
      },
    );
    expect(maskMessage(new Error('password=x'))).toBe('password=***');
    expect(maskMessage({ message: 'plain' })).toBe('plain');
    expect([null, undefined, 7, 7n, Symbol('s')].map(maskMessage)).toEqual([
      'null',
      'undefined',
      '7',
      '7',
      'Symbol(s)',
    ]);
    expect(maskMessage(hostile)).toBe('a thrown object without a message');
    expect(maskMessage(() => 1)).toBe('a thrown function without a message');
  });
});
