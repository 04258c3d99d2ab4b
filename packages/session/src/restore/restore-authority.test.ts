import { currentDeadline, type Logger, withDeadline } from '@resilient/core';
import { createVirtualClock } from '@resilient/testing';
import { expect, test, vi } from 'vitest';
import { z } from 'zod';
import { fixCorruptedSession } from '../heal/fix-corrupted-session.ts';
import { healLoaded } from '../heal/heal-loaded.ts';
import { rowOf } from '../save/row-of.ts';
import { rulesOf } from '../shape/compiled-shape.ts';
import { defineSession } from '../shape/define-session.ts';
import { restoreAuthority } from './restore-authority.ts';

const ROLES = ['guest', 'student', 'admin'] as const;
type Role = (typeof ROLES)[number];

function shapeWith(restore: (identity: { userId: string }) => unknown, leastPrivilege?: Role) {
  return defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.string().min(1) },
      org: { kind: 'identity', schema: z.object({ id: z.number() }) },
      role: {
        kind: 'authority',
        schema: z.enum(ROLES),
        restore: restore as () => Role,
        ...(leastPrivilege && { leastPrivilege }),
      },
      xp: { kind: 'preference', schema: z.number(), default: 0 },
    },
  });
}

const lines: unknown[] = [];
const log = (...line: unknown[]): void => {
  lines.push(line);
};
const logger: Logger = { debug: log, info: log, warn: log, error: log, fatal: log, child: () => logger };
type Session = Record<string, unknown>;
const session = (more: object = {}): Session => ({ userId: 'u1', org: { id: 7 }, xp: 1, csrf: 't', ...more });
const clock = createVirtualClock();
const options = { clock, logger };
const restored = { key: 'role', kind: 'authority', action: 'restored', found: 'missing' };

test('asks for authority that is gone, with a copy of the identity and nothing else', async () => {
  const restore = vi.fn((_identity: object) => 'admin');
  const shape = shapeWith(restore);
  const target = session({ role: 'root' });
  fixCorruptedSession(target, shape);
  expect(target.role).toBeUndefined();
  expect(await restoreAuthority(target, shape, options)).toEqual([restored]);
  expect(target.role).toBe('admin');
  expect(restore.mock.calls).toEqual([[{ userId: 'u1', org: { id: 7 } }]]);
  expect(await restoreAuthority(target, shape, options)).toEqual([]); // it is there now
  expect(restore).toHaveBeenCalledTimes(1);
});

test.each([
  ['no identity', { userId: undefined }],
  ['half an identity', { org: undefined }],
  ['a wrong identity', { org: { id: 'x' } }],
  [
    'a getter as identity',
    {
      get userId() {
        return 'u1';
      },
    },
  ],
])('does not ask for %s', async (_, more) => {
  const restore = vi.fn(() => 'admin');
  const target = { ...session(), ...more };
  if ('userId' in more && more.userId === 'u1') {
    Object.defineProperty(target, 'userId', { get: () => 'u1', configurable: true, enumerable: true });
  }
  expect(await restoreAuthority(target, shapeWith(restore), options)).toEqual([]);
  expect(restore).not.toHaveBeenCalled();
  expect(target).not.toHaveProperty('role');
});

test('restore cannot change the session through what it is given', async () => {
  const target = session();
  const shape = shapeWith((identity) => {
    (identity as unknown as { org: { id: number } }).org.id = 666;
    (identity as { userId: string }).userId = 'root';
    return 'admin';
  });
  await restoreAuthority(target, shape, options);
  expect(target).toEqual(session({ role: 'admin' }));
});

test.each([
  [
    'throws',
    () => {
      throw new Error('SECRET');
    },
  ],
  [
    'rejects',
    async () => {
      throw new Error('SECRET');
    },
  ],
  ['rejects with nothing', () => Promise.reject(undefined)],
  ['answers undefined', () => undefined],
  ['answers null', () => null],
  ['answers what the schema refuses', () => 'SECRET'],
  ['answers an object', () => ({ role: 'admin' })],
  ['answers what would be coerced', () => ['admin']],
])('one that %s: the key stays absent, and the next request asks again', async (_, restore) => {
  let calls = 0;
  const shape = shapeWith(() => {
    calls += 1;
    return calls === 1 ? restore() : 'student';
  });
  lines.length = 0;
  const [first, next] = [session(), session()];
  expect(await restoreAuthority(first, shape, options)).toEqual([]);
  expect(first).toEqual(session());
  expect(JSON.stringify(lines)).not.toContain('SECRET');
  expect(await restoreAuthority(next, shape, options)).toEqual([restored]);
});

test('one that hangs is given up after 1 s, and asked again with the next request', async () => {
  let calls = 0;
  const shape = shapeWith(() => {
    calls += 1;
    return new Promise(() => {});
  });
  for (const round of [1, 2]) {
    const target = session();
    let done = false;
    const work = restoreAuthority(target, shape, options).then((repairs) => {
      done = true;
      return repairs;
    });
    await clock.advance(999);
    expect([done, calls]).toEqual([false, round]);
    await clock.advance(30);
    expect(await work).toEqual([]);
    expect(target).toEqual(session());
  }
  expect(JSON.stringify(lines.at(-1))).toContain('DeadlineError');
});

test('20 requests at once ask once, and share no answer', async () => {
  let calls = 0;
  const shape = defineSession({
    keys: {
      userId: { kind: 'identity', schema: z.string() },
      rights: {
        kind: 'authority',
        schema: z.array(z.string()),
        restore: async () => {
          calls += 1;
          await clock.sleep(100);
          return ['read'];
        },
      },
    },
  });
  const sessions: Session[] = Array.from({ length: 20 }, () => ({ userId: 'u1' }));
  const other: Session = { userId: 'u2' };
  const work = Promise.all([...sessions, other].map((one) => restoreAuthority(one, shape, options)));
  await clock.advance(100);
  await work;
  expect(calls).toBe(2); // once for each identity
  for (const one of sessions) expect(one.rights).toEqual(['read']);
  expect(new Set(sessions.map((one) => one.rights)).size).toBe(20);
});

test('one that gives up does not take the answer from the others, nor does the end of its deadline', async () => {
  let deadline: number | undefined;
  const shape = shapeWith(async () => {
    deadline = currentDeadline();
    await clock.sleep(500);
    return 'student';
  });
  const control = new AbortController();
  const [first, second, third] = [session(), session(), session()];
  const startedAt = clock.now();
  const bound = withDeadline(200, () => restoreAuthority(second, shape, options), { clock });
  const tooLate = bound.catch(() => 'too late');
  const work = [
    restoreAuthority(first, shape, { ...options, signal: control.signal }),
    restoreAuthority(third, shape, options),
  ];
  await clock.advance(100);
  control.abort();
  expect(await work[0]).toEqual([]);
  await clock.advance(400);
  expect(await work[1]).toEqual([restored]);
  await tooLate;
  expect(first).toEqual(session());
  expect(deadline).toBe(startedAt + 1_000); // what restore calls is bound by its own second
  expect(await restoreAuthority(session(), shape, { ...options, signal: AbortSignal.abort() })).toEqual([]);
});

test('an answer that comes after the user has changed is not used', async () => {
  const shape = shapeWith(async () => {
    await clock.sleep(50);
    return 'admin';
  });
  const [loggedOut, another, assigned] = [session(), session(), session()];
  const work = [loggedOut, another, assigned].map((one) => restoreAuthority(one, shape, options));
  delete loggedOut.userId;
  another.userId = 'u2';
  assigned.role = 'student';
  await clock.advance(50);
  expect(await Promise.all(work)).toEqual([[], [], []]);
  expect([loggedOut.role, another.role, assigned.role]).toEqual([undefined, undefined, 'student']);
});

test('the least is shown until it is restored, and not stored: the next request asks again', async () => {
  let answer: Role | undefined;
  const shape = shapeWith(() => answer, 'guest');
  const row = session({ role: 'root' });
  const target = structuredClone(row);
  expect(healLoaded(target, shape, { id: 'sid', clock }).repairs).toEqual([
    { key: 'role', kind: 'authority', action: 'replaced', found: 'string' },
  ]);
  await restoreAuthority(target, shape, options);
  expect(target.role).toBe('guest');
  expect(JSON.parse(JSON.stringify(rowOf(target, rulesOf(shape), 'sid')))).toEqual(session());
  answer = 'admin';
  const next = session();
  healLoaded(next, shape, { id: 'sid', clock });
  expect(next.role).toBe('guest');
  expect(await restoreAuthority(next, shape, options)).toEqual([restored]);
  expect(next).toEqual(session({ role: 'admin' }));
});

test('an outage of what restore asks is not taken for a writer that repeats its mistake', async () => {
  let answer: Role | undefined;
  const shape = shapeWith(() => answer, 'guest');
  for (let request = 0; request < 5; request += 1) {
    const target = session();
    healLoaded(target, shape, { id: 'sid', clock });
    await restoreAuthority(target, shape, options);
  }
  answer = 'admin';
  const target = session();
  healLoaded(target, shape, { id: 'sid', clock });
  await restoreAuthority(target, shape, options);
  expect(JSON.parse(JSON.stringify(target))).toEqual(session({ role: 'admin' }));
});

test('what was taken from a session without an identity is not asked for', async () => {
  const restore = vi.fn(() => 'admin');
  const shape = shapeWith(restore, 'guest');
  const target: Session = { role: 'admin', org: { id: 7 } };
  expect(healLoaded(target, shape, { id: 'sid' }).needsRestore).toBe(false);
  await restoreAuthority(target, shape, options);
  expect(target.role).toBe('guest');
  expect(restore).not.toHaveBeenCalled();
});

test('a healthy session, one that is none and one that cannot be changed cost nothing and break nothing', async () => {
  const restore = vi.fn(() => 'admin');
  const shape = shapeWith(restore);
  const hostile = new Proxy(
    {},
    {
      getOwnPropertyDescriptor: () => {
        throw new Error('no');
      },
    },
  );
  for (const one of [session({ role: 'student' }), null, undefined, 'text' as never, hostile]) {
    expect(await restoreAuthority(one, shape, options)).toEqual([]);
  }
  expect(restore).not.toHaveBeenCalled();
  expect(await restoreAuthority(Object.freeze(session()), shape, options)).toEqual([]);
});

test('wrong arguments are refused', async () => {
  await expect(restoreAuthority({}, {} as never)).rejects.toThrow('made by defineSession');
  const shape = shapeWith(() => 'admin');
  await expect(restoreAuthority({}, shape, { signal: 1 as never })).rejects.toThrow('`signal`');
  await expect(restoreAuthority({}, shape, { timeoutMs: 1 } as never)).rejects.toThrow(
    'unknown option `timeoutMs`',
  );
});
