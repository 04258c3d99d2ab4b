import { withDeadline } from '@resilient/core';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Hand, Subject } from './subject.ts';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs steps one after the other, without a promise where none of them answers one. */
function steps(...all: (() => unknown)[]): unknown {
  const [first, ...rest] = all;
  if (!first) return undefined;
  const result = first();
  return result instanceof Promise ? result.then(() => steps(...rest)) : steps(...rest);
}

/** Runs a step and swallows its failure. */
function swallow(step: () => unknown): unknown {
  try {
    const result = step();
    return result instanceof Promise ? result.catch(() => undefined) : result;
  } catch {
    return undefined;
  }
}

/** Fails as a serialization failure does. */
const conflictOf = (kind: Subject['kind']): string =>
  kind === 'postgres'
    ? "do $$ begin raise exception using errcode = '40001'; end $$"
    : 'select conflict() from sqlite_schema';

/** The text at which the trigger of the SQLite files ends the transaction. */
const KILLER = 'killer';

const causeOf = (result: unknown): string => String((result as { error: Error }).error.cause);

/** What `safeCommit` promises (rules 1 to 6, 8 to 10), on any target, as far as the target allows. */
export function behaviourOf(name: string, open: () => Promise<Subject>): void {
  describe(name, () => {
    let subject: Subject;
    const strays: unknown[] = [];
    const onStray = (error: unknown): void => {
      strays.push(error);
    };

    beforeEach(async () => {
      subject = await open();
      strays.length = 0;
      process.on('unhandledRejection', onStray);
      return async () => {
        await pause(15);
        process.off('unhandledRejection', onStray);
        expect(strays).toEqual([]);
        await expect.poll(() => subject.lent()).toBe(0);
        await subject[Symbol.asyncDispose]();
      };
    });

    test('commits, and answers the value and the number of attempts', async () => {
      const saved = await subject.safeCommit((hand, { attempt }) => {
        const done = steps(
          () => hand.add('a'),
          () => hand.add('b'),
        );
        return done instanceof Promise ? done.then(() => attempt) : attempt;
      });
      expect(saved).toEqual({ ok: true, value: 1, attempts: 1 });
      expect(await subject.notes()).toEqual(['a', 'b']);
      expect(await subject.commit(() => 7)).toBe(7);
    });

    test('rule 1: the whole unit is run again; onCommit once, in order, after the commit', async () => {
      if (!subject.retries) return;
      const order: string[] = [];
      const saved = await subject.safeCommit(
        (hand, { attempt, onCommit }) => {
          onCommit(async () => {
            await pause(5);
            order.push(`first of ${attempt}, ${(await subject.notes()).length} there`);
          });
          onCommit(() => order.push('second'));
          return steps(
            () => hand.add(`of ${attempt}`),
            () => attempt < 3 && hand.run(conflictOf(subject.kind)),
          );
        },
        { random: () => 0 },
      );
      expect(saved).toMatchObject({ ok: true, attempts: 3 });
      expect(await subject.notes()).toEqual(['of 3']);
      expect(order).toEqual(['first of 3, 1 there', 'second']);
    });

    test('rule 2: what the database refuses, and what work throws, is final on the first attempt', async () => {
      const twice = (hand: Hand) =>
        steps(
          () => hand.add('x'),
          () => hand.add('x'),
        );
      const code = subject.retries ? 'CONSTRAINT' : 'REJECTED';
      expect(await subject.safeCommit(twice)).toMatchObject({ ok: false, attempts: 1, error: { code } });
      const wrong = await subject.safeCommit((hand) => hand.run('selec 1'));
      expect(wrong).toMatchObject({ ok: false, attempts: 1, error: { code: 'REJECTED' } });
      const thrown = await subject.safeCommit((hand) =>
        steps(
          () => hand.add('y'),
          () => {
            throw new TypeError('no');
          },
        ),
      );
      expect(thrown).toMatchObject({ ok: false, attempts: 1, error: { code: 'WORK_FAILED' } });
      await expect(subject.commit(twice)).rejects.toMatchObject({ name: 'CommitError' });
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 2: classify changes the table for one call', async () => {
      const classify = () => ({ transient: true, kind: 'conflict', outcome: 'rejected' }) as const;
      const saved = await subject.safeCommit(
        (hand, { attempt }) =>
          steps(
            () => hand.add('x'),
            () => attempt === 1 && hand.add('x'),
          ),
        { random: () => 0, classify },
      );
      expect(saved).toMatchObject({ ok: true, attempts: 2 });
      expect(await subject.notes()).toEqual(['x']);
    });

    test('rule 2: retryOn changes the table for one call', async () => {
      const retryOn = ['23505', 'SQLITE_CONSTRAINT_UNIQUE', 'SQLITE_CONSTRAINT_PRIMARYKEY'];
      const saved = await subject.safeCommit(
        (hand, { attempt }) =>
          steps(
            () => hand.add('x'),
            () => attempt === 1 && hand.add('x'),
          ),
        { random: () => 0, retryOn },
      );
      expect(saved).toMatchObject({ ok: true, attempts: 2 });
      const other = (hand: Hand) => hand.add('x');
      expect(await subject.safeCommit(other, { retryOn: ['22P02'] })).toMatchObject({
        ok: false,
        attempts: 1,
      });
      expect(await subject.notes()).toEqual(['x']);
    });

    test('rule 3: retries end at maxRetries, and at timeoutMs', async () => {
      if (!subject.retries) return;
      const failing = (hand: Hand) => hand.run(conflictOf(subject.kind));
      const often = await subject.safeCommit(failing, { random: () => 0, maxRetries: 2 });
      expect(often).toMatchObject({ ok: false, attempts: 3, error: { code: 'RETRIES_EXHAUSTED' } });
      const late = await subject.safeCommit(failing, { random: () => 0.99, timeoutMs: 90 });
      expect(late).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
    });

    test('rule 5: a late branch writes nothing, an un-awaited statement commits nothing', async () => {
      if (subject.synchronous) return;
      let late: (() => unknown) | undefined;
      const forgetful = await subject.safeCommit(async (hand) => {
        late = () => hand.add('late');
        await hand.add('awaited');
        for (const text of ['p', 'q', 'r']) void hand.add(text);
      });
      expect(forgetful).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
      expect((forgetful as { error: Error }).error.message).toContain('await "insert');
      void late?.();
      const zombies = await Promise.all(
        Array.from({ length: 20 }, (_, n) =>
          subject.safeCommit(async (hand) => {
            const branch = async (): Promise<void> => {
              for (let i = 0; i < 3; i += 1) await hand.add(`zombie ${n} ${i}`);
            };
            await Promise.all([hand.run('selec 1'), branch().catch(() => undefined)]);
          }),
        ),
      );
      expect(zombies.every((result) => !result.ok)).toBe(true);
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 5: transaction control inside a unit is refused before it is sent', async () => {
      if (subject.synchronous) return;
      for (const text of ['commit', 'rollback', 'begin', '/* x */ END']) {
        const failed = await subject.safeCommit(async (hand) => {
          await hand.add('half');
          await hand.run(text);
        });
        expect(failed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
        expect(causeOf(failed)).toContain('was refused inside a unit of work');
      }
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 6: an error that was swallowed is no success where it has spoilt the transaction', async () => {
      const spoiler = subject.kind === 'postgres' ? 'select 1/0' : `insert into note values ('${KILLER}')`;
      const failed = await subject.safeCommit((hand) =>
        steps(
          () => hand.add('before'),
          () => swallow(() => hand.run(spoiler)),
        ),
      );
      expect(failed.ok).toBe(false);
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 6: nothing runs on its own after the database has ended the transaction', async () => {
      if (subject.kind !== 'sqlite' || subject.synchronous) return;
      const failed = await subject.safeCommit(async (hand) => {
        await hand.add('before');
        await swallow(() => hand.add(KILLER));
        await swallow(() => hand.add('alone'));
      });
      expect(failed).toMatchObject({ ok: false, error: { sqlState: 'SQLITE_CONSTRAINT_TRIGGER' } });
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 8: a unit inside a unit, and the target itself inside a unit', async () => {
      if (subject.synchronous) {
        let inner: Promise<unknown> = Promise.resolve();
        const failed = await subject.safeCommit((hand) => {
          hand.add('outer');
          inner = subject.safeCommit((own) => own.add('inner')).catch((error) => String(error));
        });
        expect(failed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
        expect(await inner).toContain('it could not be awaited');
        expect(await subject.notes()).toEqual([]);
        return;
      }
      const saved = await subject.safeCommit(async (hand) => {
        await hand.add('outer');
        const kept = await subject.safeCommit((own) => own.add('kept'));
        const gone = await subject.safeCommit(async (own) => {
          await own.add('gone');
          throw new Error('no');
        });
        return [kept, gone].map(({ ok, joined }) => [ok, joined]);
      });
      const value = [
        [true, true],
        [false, true],
      ];
      expect(saved).toMatchObject({ ok: true, value });
      expect(await subject.notes()).toEqual(['kept', 'outer']);
      const outer = await subject.safeCommit(() => subject.outer?.());
      expect(outer).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
      expect(causeOf(outer)).toContain('use the transaction that `work` is given');
    });

    test('readOnly refuses to write', async () => {
      const failed = await subject.safeCommit((hand) => hand.add('x'), { readOnly: true });
      expect(failed).toMatchObject({ ok: false, attempts: 1 });
      const read = await subject.safeCommit((hand) => steps(() => hand.run('select 1')), { readOnly: true });
      expect(read).toMatchObject({ ok: true });
      expect(await subject.safeCommit((hand) => hand.add('y'))).toMatchObject({ ok: true });
      expect(await subject.notes()).toEqual(['y']);
    });

    test('rule 8: a unit that may only read, inside one that writes, does not write; the outer one does', async () => {
      if (subject.synchronous) return;
      const saved = await subject.safeCommit(async (hand) => {
        await hand.add('before');
        const inside = async (job: (own: Hand) => unknown) => {
          const { ok, joined } = await subject.safeCommit((own) => job(own) as never, { readOnly: true });
          return [ok, joined];
        };
        const wrote = await inside((own) => own.add('inside'));
        const read = await inside((own) => own.run('select 1'));
        const throughOuter = await inside(() => hand.add('through'));
        await hand.add('after');
        return [wrote, read, throughOuter];
      });
      if (!subject.retries) {
        expect(saved).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
        expect(causeOf(saved)).toContain('nothing would keep it from writing');
        return;
      }
      const value = [
        [false, true],
        [true, true],
        [false, true],
      ];
      expect(saved).toMatchObject({ ok: true, value });
      expect(await subject.notes()).toEqual(['after', 'before']);
      const nested = await subject.safeCommit(() => subject.safeCommit((own) => own.add('x')), {
        readOnly: true,
      });
      expect(causeOf(nested)).toContain('say `readOnly: true` there too');
      const both = await subject.safeCommit(
        () => subject.safeCommit((own) => own.add('x'), { readOnly: true }),
        { readOnly: true },
      );
      expect(both).toMatchObject({ ok: true, value: { ok: false } });
      expect(await subject.safeCommit((hand) => hand.add('y'))).toMatchObject({ ok: true });
    });

    test('rule 9: timeoutMs ends a unit, its signal is aborted, and its later statements throw', async () => {
      if (subject.synchronous) return;
      let signal: AbortSignal | undefined;
      const { promise: late, resolve: end } = Promise.withResolvers<string>();
      const failed = await subject.safeCommit(
        async (hand, unit) => {
          signal = unit.signal;
          await hand.add('x');
          await pause(1_500);
          end(await Promise.resolve(hand.add('late')).then(String, String));
        },
        { timeoutMs: 1_000 },
      );
      expect(failed).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
      expect(await late).toContain('given up');
      expect(signal?.aborted).toBe(true);
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 9: no COMMIT is written when an enclosing deadline leaves less than 100 ms', async () => {
      if (subject.synchronous) return;
      const failed = await withDeadline(400, () =>
        subject.safeCommit(async (hand) => {
          await hand.add('x');
          await pause(330);
        }),
      ).catch((error) => ({ ok: false, error }));
      expect(failed).toMatchObject({ ok: false });
      await pause(80);
      expect(await subject.notes()).toEqual([]);
    });

    test('rule 9: a lock is waited for while the event loop is free', async () => {
      const release = await subject.lock();
      let turns = 0;
      let free = false;
      const timer = setInterval(() => {
        turns += 1;
        if (turns !== 20) return;
        free = true;
        void release();
      }, 5);
      const saved = await subject.safeCommit((hand) => hand.add('waited'));
      clearInterval(timer);
      expect(saved).toMatchObject({ ok: true, attempts: 1 });
      expect(free).toBe(true);
    });

    test('rule 10: a connection that dies in a unit costs the process nothing, and the unit is run again', async () => {
      const { kill } = subject;
      if (!kill) return;
      const saved = await subject.safeCommit(
        async (hand, { attempt }) => {
          await hand.add(`of ${attempt}`);
          if (attempt === 1) {
            await kill();
            await pause(30);
          }
          await hand.add(`again ${attempt}`);
        },
        { random: () => 0 },
      );
      expect(saved).toMatchObject({ ok: true, attempts: 2 });
      expect(await subject.notes()).toEqual(['again 2', 'of 2']);
    });

    test('100 units at a time: each is there once', async () => {
      const names = Array.from({ length: 100 }, (_, n) => `u${String(n).padStart(3, '0')}`);
      const results = await Promise.all(
        names.map((text) => subject.safeCommit((hand) => steps(() => hand.add(text)))),
      );
      expect(results.every((result) => result.ok)).toBe(true);
      expect(await subject.notes()).toEqual(names);
    });
  });
}
