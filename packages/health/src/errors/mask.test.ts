import { describe, expect, test } from 'vitest';
import { errorForLog } from './error-for-log.ts';
import { fingerprintOf } from './fingerprint.ts';
import { maskForLog, maskForPeople } from './mask.ts';
import { readError } from './read-error.ts';

describe('maskForPeople', () => {
  test.each([
    ['connect to redis://user:hunter2@cache:6379 failed', /hunter2|6379/],
    ['mail to ada.lovelace+x@example.com bounced', /ada|example/],
    [`Unexpected token 'h', "hunter2..." is not valid JSON`, /hunter2/],
    ['row 4711 of 0b8f2c1e-1111-4222-8333-444455556666', /4711|0b8f|4444/],
    ['Authorization: Bearer abcdefghijklmnop', /abcdefgh/],
    ['one\r\ntwo\u001b[31mred', /\p{Cc}/u],
  ])('takes what is private out of %j', (message, secret) => {
    expect(maskForPeople(message)).not.toMatch(secret);
  });

  test('keeps the words, at most 200 characters of them', () => {
    expect(maskForPeople('no such table: users')).toBe('no such table: users');
    expect(maskForPeople('word '.repeat(1_000)).length).toBeLessThanOrEqual(200);
  });

  test.each([
    [`refused "${'my private diary '.repeat(20)}" as a name`, /diary/],
    [`refused '${'my private diary '.repeat(20)}' as a name`, /diary/],
    [`${'word '.repeat(37)}adalovelace@example.com bounced`, /adalove/],
    [`${'A'.repeat(1_950)} connect to redis://user:hunterhunterhunterhunterhunter@cache failed`, /hunter/],
  ])('shows nothing of what a cut goes through: %#', (message, secret) => {
    const error = new Error(message);
    expect(maskForPeople(readError(error).message)).not.toMatch(secret);
  });

  test('takes an apostrophe for an apostrophe', () => {
    expect(maskForPeople("can't open the user's file")).toBe("can't open the user's file");
  });

  test('takes no time for a hostile message', () => {
    // Of the processor: what others had of it meanwhile is none of ours. A quadratic pattern takes minutes.
    const before = process.cpuUsage();
    for (const part of ['-a', "'", '"', '@', 'a@', ' ', '1', 'é', '\u0000', '" is not valid JSON']) {
      maskForPeople(part.repeat(1_000_000));
      maskForLog(part.repeat(1_000_000));
    }
    const { user, system } = process.cpuUsage(before);
    expect((user + system) / 1_000).toBeLessThan(3 * 500);
  });
});

describe('maskForLog', () => {
  test.each([
    ['invalid input syntax for type integer: "my diary"', 'invalid input syntax for type integer: "…"'],
    [
      `Unexpected token 'h', ..."x","pw":secret"... is not valid JSON`,
      'Unexpected token "…", ..."…" is not valid JSON',
    ],
    ['no mail to ada@example.com', 'no mail to <e-mail>'],
    ['one\r\ntwo\u001b[31m', 'one two [31m'],
  ])('takes out what a user wrote: %j', (message, shown) => {
    expect(maskForLog(message)).toBe(shown);
  });

  test.each([
    [
      "Cannot read properties of undefined (reading 'name')",
      'Cannot read properties of undefined (reading name)',
    ],
    ['timeout after 3000 ms on port 5432', 'timeout after 3000 ms on port 5432'],
  ])('keeps what the program says: %j', (message, shown) => {
    expect(maskForLog(message)).toBe(shown);
  });
});

describe('readError', () => {
  test('takes the frame of the application, not of its libraries, relative to the working directory', () => {
    const error = new Error('x');
    error.stack = `Error: x\n    at node:internal/x:1:1\n    at lib (${process.cwd()}/node_modules/lib/index.js:1:1)\n    at buy (file://${process.cwd()}/src/shop.ts:10:5)`;
    expect(readError(error)).toEqual({ type: 'Error', message: 'x', frame: 'buy (src/shop.ts:10:5)' });
  });

  test('takes no line of the message for a frame, and finds the frames behind a long message', () => {
    for (const message of ['x\n    at leak (password=hunter2.ts:1:1)', 'long '.repeat(2_000)]) {
      const error = new Error(message);
      error.stack = `Error: ${message}\n    at buy (${process.cwd()}/src/shop.ts:10:5)`;
      expect(readError(error).frame).toBe('buy (src/shop.ts:10:5)');
      expect(errorForLog(error).stack).toBe('at buy (src/shop.ts:10:5)');
    }
  });

  test('cuts names, and takes control characters out', () => {
    const { type } = readError(Object.assign(new Error('x'), { name: `a\u0000b${'c'.repeat(1_000)}` }));
    expect(type).toHaveLength(100);
    expect(type.startsWith('a bc')).toBe(true);
  });
});

describe('fingerprintOf', () => {
  const tail =
    ' and then the rest of a long sentence that explains in detail what the caller should do'.repeat(3);

  test.each([
    ['ids', (i: number) => `row ${10 ** i} of user-${10 ** i}`],
    ['quoted texts', (i: number) => `refused "${'x '.repeat(i)}"`],
    ['addresses', (i: number) => `no mail to ${'x'.repeat(i + 1)}@example.com`],
    ['line breaks', (i: number) => `one${' \n'.repeat(i + 1)}two`],
    ['secrets', (i: number) => `connect to redis://user:${'x'.repeat(i + 1)}@cache failed`],
  ])('is the same for a long message whose %s differ in length', (_name, start) => {
    const keys = Array.from({ length: 9 }, (_, i) => fingerprintOf({ type: 'E', message: start(i) + tail }));
    expect(new Set(keys).size).toBe(1);
  });

  test('has a version, and is another for another type, code, place or wording', () => {
    const facts = { type: 'E', code: 'C', frame: 'f (a.ts:1:1)', message: 'm' };
    const others = [
      facts,
      { ...facts, type: 'F' },
      { ...facts, code: 'D' },
      { ...facts, frame: 'g' },
      { ...facts, message: 'n' },
    ];
    const keys = new Set(others.map((other) => fingerprintOf(other)));
    expect(keys.size).toBe(5);
    for (const key of keys) expect(key).toMatch(/^1-[0-9a-f]{16}$/);
  });
});

describe('errorForLog', () => {
  test('is an allow-list: own properties of errors hold headers', () => {
    const error = Object.assign(
      new Error('x', { cause: Object.assign(new Error('y'), { secret: 'hunter2' }) }),
      {
        config: { headers: { authorization: 'hunter2' } },
        code: 'E_X',
      },
    );
    const logged = errorForLog(error);
    expect(Object.keys(logged)).toEqual(['type', 'code', 'message', 'stack', 'cause']);
    expect(JSON.stringify(logged)).not.toContain('hunter2');
  });
});
