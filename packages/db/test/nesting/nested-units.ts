import { safeCommit, type UnitContext } from '@resilient/db';
import { type Kysely, sql, type Transaction } from 'kysely';
import { expect, test } from 'vitest';
import { outsideUnit } from '../../src/unit/current-unit.ts';

/** The one table of these tests. */
export interface Notes {
  note: { text: string };
}

/** A database that the same cases run on. */
export interface NestingSubject {
  readonly kysely: Kysely<Notes>;
  readonly schema: string;
  /** What is committed, in order. */
  notes(): Promise<string[]>;
  /** A statement that fails as a deadlock or a lost lock does: another run may cure it. */
  conflict(trx: Transaction<Notes>): Promise<unknown>;
  /** A statement after which nothing is left of the transaction; final. */
  end?(trx: Transaction<Notes>): Promise<unknown>;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const add = (trx: Kysely<Notes>, text: string): Promise<unknown> =>
  trx.insertInto('note').values({ text }).execute();

const refusalOf = (result: unknown): string =>
  String((result as { error?: { cause?: unknown } }).error?.cause ?? result);

/** What nested units promise, on any engine. */
export function nestingCases(subject: () => NestingSubject): void {
  const silent = { random: () => 0 };

  test('a nested unit joins: it is committed with the outer one, and its onCommit waits for that', async () => {
    const { kysely, notes, schema } = subject();
    const order: string[] = [];
    const saved = await safeCommit(kysely, async (trx, { onCommit }) => {
      onCommit(() => order.push('outer'));
      await add(trx, 'outer');
      const nested = await safeCommit(kysely.withSchema(schema), async (inner, unit) => {
        unit.onCommit(async () => order.push(`nested, ${(await notes()).length} committed`));
        await add(inner, 'nested');
        return 'value';
      });
      expect(nested).toEqual({ ok: true, value: 'value', attempts: 1, joined: true });
      expect(order).toEqual([]);
      return nested.joined;
    });
    expect(saved).toEqual({ ok: true, value: true, attempts: 1 });
    expect(order).toEqual(['outer', 'nested, 2 committed']);
    expect(await notes()).toEqual(['nested', 'outer']);
  });

  test('onCommit of a nested unit is not called when the outer one fails', async () => {
    const { kysely, notes } = subject();
    let called = 0;
    const failed = await safeCommit(kysely, async () => {
      const nested = await safeCommit(kysely, async (trx, { onCommit }) => {
        onCommit(() => (called += 1));
        await add(trx, 'nested');
      });
      expect(nested.ok).toBe(true);
      throw new Error('no');
    });
    expect(failed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
    await pause(20);
    expect(called).toBe(0);
    expect(await notes()).toEqual([]);
  });

  test('an ordinary failure rolls back to the savepoint: the outer unit goes on, without its hooks', async () => {
    const { kysely, notes } = subject();
    const called: string[] = [];
    const saved = await safeCommit(kysely, async (trx) => {
      await add(trx, 'before');
      const constraint = await safeCommit(kysely, async (inner, { onCommit }) => {
        onCommit(() => called.push('constraint'));
        await add(inner, 'gone');
        await add(inner, 'before');
      });
      expect(constraint).toMatchObject({
        ok: false,
        joined: true,
        attempts: 1,
        error: { code: 'CONSTRAINT' },
      });
      const thrown = await safeCommit(kysely, async (inner) => {
        await add(inner, 'gone too');
        throw new TypeError('no');
      });
      expect(thrown).toMatchObject({ ok: false, joined: true, error: { code: 'WORK_FAILED' } });
      const swallowed = await safeCommit(kysely, async (inner) => {
        await add(inner, 'kept or gone');
        const deeper = await safeCommit(kysely, async (deepest) => {
          await add(deepest, 'deep');
          throw new Error('no');
        });
        expect(deeper.ok).toBe(false);
      });
      expect(swallowed.ok).toBe(true);
      await add(trx, 'after');
    });
    expect(saved).toMatchObject({ ok: true, attempts: 1 });
    expect(called).toEqual([]);
    expect(await notes()).toEqual(['after', 'before', 'kept or gone']);
  });

  test('a failure that the table retries rejects there, and the outer unit is run again even if work swallows it', async () => {
    const { kysely, notes, conflict } = subject();
    const seen: unknown[] = [];
    const unit = async (trx: Transaction<Notes>, { attempt }: UnitContext): Promise<number> => {
      await add(trx, `outer ${attempt}`);
      await safeCommit(kysely, async (inner) => {
        await add(inner, `nested ${attempt}`);
        if (attempt < 3) await conflict(inner);
      }).catch((error) => seen.push(error));
      await add(trx, `after ${attempt}`).catch(() => undefined);
      return attempt;
    };
    const saved = await safeCommit(kysely, unit, silent);
    expect(saved).toEqual({ ok: true, value: 3, attempts: 3 });
    expect(seen.map(String)).toHaveLength(2);
    expect(String(seen[0])).toMatch(
      /^NestedUnitError: a nested unit of work met a failure that ends the outer one/,
    );
    expect(await notes()).toEqual(['after 3', 'nested 3', 'outer 3']);
  });

  test('the same two levels down', async () => {
    const { kysely, notes, conflict } = subject();
    const saved = await safeCommit(
      kysely,
      async (trx, { attempt }) => {
        await add(trx, `outer ${attempt}`);
        await safeCommit(kysely, (inner) => {
          return safeCommit(kysely, async () => {
            if (attempt === 1) await conflict(inner);
          }).catch(() => undefined);
        }).catch(() => undefined);
      },
      silent,
    );
    expect(saved).toMatchObject({ ok: true, attempts: 2 });
    expect(await notes()).toEqual(['outer 2']);
  });

  test('retryOn of a nested unit runs the outer one again', async () => {
    const { kysely, notes } = subject();
    const code = await safeCommit(kysely, async (trx) => {
      await add(trx, 'x');
      await add(trx, 'x');
    });
    if (code.ok || !code.error.sqlState) throw new Error('it should have failed');
    const retryOn = [code.error.sqlState];
    const saved = await safeCommit(
      kysely,
      async (trx, { attempt }) => {
        await add(trx, 'once');
        const nested = (inner: Transaction<Notes>) => add(inner, attempt === 1 ? 'once' : 'twice');
        await safeCommit(kysely, nested, { retryOn });
      },
      silent,
    );
    expect(saved).toMatchObject({ ok: true, attempts: 2 });
    expect(await notes()).toEqual(['once', 'twice']);
  });

  test('nested units run one after the other, and statements of the outer unit wait for them', async () => {
    const { kysely, notes } = subject();
    const order: string[] = [];
    const nested =
      (name: string) =>
      async (trx: Transaction<Notes>): Promise<void> => {
        order.push(`${name} begins`);
        await add(trx, name);
        await pause(10);
        await add(trx, `${name} again`);
        order.push(`${name} ends`);
      };
    const saved = await safeCommit(kysely, async (trx) => {
      const results = await Promise.all([
        safeCommit(kysely, nested('a')),
        add(trx, 'outer').then(() => order.push('outer')),
        safeCommit(kysely, async (inner) => {
          await nested('b')(inner);
          throw new Error('no');
        }),
        safeCommit(kysely, nested('c')),
      ]);
      return results.map((result) => typeof result === 'object' && result.ok);
    });
    expect(saved).toMatchObject({ ok: true, value: [true, false, false, true] });
    expect(order).toEqual(['a begins', 'a ends', 'outer', 'b begins', 'b ends', 'c begins', 'c ends']);
    expect(await notes()).toEqual(['a', 'a again', 'c', 'c again', 'outer']);
  });

  test('a statement on the outer handle from inside a nested unit is a part of it, and does not wait', async () => {
    const { kysely, notes } = subject();
    const saved = await safeCommit(
      kysely,
      async (trx) => {
        await add(trx, 'kept');
        const nested = await safeCommit(kysely, async () => {
          await add(trx, 'through the outer handle');
          throw new Error('no');
        });
        expect(nested.ok).toBe(false);
      },
      { timeoutMs: 5_000 },
    );
    expect(saved).toMatchObject({ ok: true });
    expect(await notes()).toEqual(['kept']);
  });

  test('a nested unit that is not awaited: nothing is committed, and the message names it', async () => {
    const { kysely, notes } = subject();
    const failed = await safeCommit(kysely, async (trx) => {
      await add(trx, 'outer');
      void safeCommit(
        kysely,
        async (inner) => {
          await add(inner, 'nested');
          await pause(10);
        },
        { name: 'award points' },
      );
    });
    expect(failed).toMatchObject({ ok: false, error: { code: 'WORK_FAILED' } });
    expect(refusalOf(failed)).toContain('await "nested award points" inside the unit');
    await pause(40);
    expect(await notes()).toEqual([]);
  });

  test('a statement that a nested unit leaves running: only the nested one fails', async () => {
    const { kysely, notes } = subject();
    const saved = await safeCommit(kysely, async (trx) => {
      await add(trx, 'outer');
      const nested = await safeCommit(kysely, async (inner) => {
        await add(inner, 'awaited');
        await pause(1);
        for (const text of ['a', 'b']) void add(inner, text);
      });
      return nested.ok ? 'committed' : `${nested.error.code}: ${refusalOf(nested)}`;
    });
    if (saved.ok) {
      expect(saved.value).toContain('WORK_FAILED');
      expect(saved.value).toContain('insert into note');
      expect(await notes()).toEqual(['outer']);
    } else {
      expect(saved.error.code).toBe('WORK_FAILED'); // the running one had to be stopped, which ends the transaction
      expect(await notes()).toEqual([]);
    }
  });

  test('the time of a nested unit ends it alone; that of the outer one ends both', async () => {
    const { kysely, notes } = subject();
    const saved = await safeCommit(kysely, async (trx) => {
      await add(trx, 'outer');
      const nested = await safeCommit(
        kysely,
        async (inner) => {
          await add(inner, 'late');
          await pause(3_000);
        },
        { timeoutMs: 700 },
      );
      expect(nested).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
    });
    expect(saved.ok).toBe(true);
    expect(await notes()).toEqual(['outer']);
    let signal: AbortSignal | undefined;
    const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
    const late = await safeCommit(
      kysely,
      async (trx) => {
        await add(trx, 'second');
        await safeCommit(kysely, async (inner, unit) => {
          signal = unit.signal;
          await add(inner, 'late');
          await pause(1_500);
          end(await add(inner, 'too late').catch((error: unknown) => error));
        });
      },
      { timeoutMs: 1_000 },
    );
    expect(late).toMatchObject({ ok: false, error: { code: 'TIMEOUT' } });
    expect(await ended).toBeInstanceOf(Error);
    expect(signal?.aborted).toBe(true);
    expect(await notes()).toEqual(['outer']);
  });

  test('isolation, readOnly and nesting that do not fit are refused, with what to do', async () => {
    const { kysely } = subject();
    const within = (outer: object, inner: object) =>
      safeCommit(kysely, () => safeCommit(kysely, async () => 1, inner), outer);
    expect(refusalOf(await within({}, { nesting: 'forbid' }))).toContain(
      "`nesting: 'forbid'` was begun inside another",
    );
    expect(refusalOf(await within({}, { isolation: 'serializable' }))).toContain(
      "isolation 'serializable' inside one",
    );
    expect(refusalOf(await within({ readOnly: true }, {}))).toContain('say `readOnly: true` there too');
    expect(await within({ readOnly: true }, { readOnly: true })).toMatchObject({ ok: true });
    expect(await within({ isolation: 'serializable' }, { isolation: 'serializable' })).toMatchObject({
      ok: true,
    });
    expect(await safeCommit(kysely, async () => 1, { nesting: 'forbid' })).toMatchObject({ ok: true });
  });

  test('the outer handle inside a unit is refused; a unit that has ended is not joined; outsideUnit leaves it', async () => {
    const { kysely, notes } = subject();
    const refused = await safeCommit(kysely, () => kysely.selectFrom('note').selectAll().execute());
    expect(refusalOf(refused)).toContain('use the transaction that `work` is given');
    const later: Promise<unknown>[] = [];
    const { promise: ended, resolve: end } = Promise.withResolvers<void>();
    const saved = await safeCommit(kysely, async (trx) => {
      later.push(ended.then(() => safeCommit(kysely, (own) => add(own, 'after its end'))));
      later.push(outsideUnit(() => safeCommit(kysely, (own) => add(own, 'outside'))));
      await add(trx, 'inside').catch(() => undefined);
      await pause(5);
      throw new Error('no');
    });
    end();
    expect(saved.ok).toBe(false);
    for (const result of await Promise.all(later)) {
      expect(result).toMatchObject({ ok: true });
      expect(result).not.toHaveProperty('joined');
    }
    expect(await notes()).toEqual(['after its end', 'outside']);
  });

  test('a unit of another database in between does not hide the outer one', async () => {
    const { kysely, notes } = subject();
    const { createDatabase } = await import('@resilient/db');
    await using other = await createDatabase<Notes>({ url: ':memory:' });
    const saved = await safeCommit(kysely, () =>
      safeCommit(other.kysely, async (between) => {
        await sql`create table note (text text)`.execute(between);
        return safeCommit(kysely, (trx) => add(trx, 'joined'));
      }),
    );
    expect(saved).toMatchObject({ ok: true, value: { ok: true, value: { ok: true, joined: true } } });
    expect(await notes()).toEqual(['joined']);
  });

  test('what ends the transaction inside a nested unit ends the outer one', async () => {
    const { kysely, notes, end } = subject();
    if (!end) return;
    const later: unknown[] = [];
    const failed = await safeCommit(
      kysely,
      async (trx) => {
        await add(trx, 'outer');
        await safeCommit(kysely, (inner) => end(inner).catch(() => undefined)).catch((error) =>
          later.push(error),
        );
        await add(trx, 'alone').catch((error) => later.push(error));
      },
      { maxRetries: 0 },
    );
    expect(failed.ok).toBe(false);
    expect(later).toHaveLength(2);
    expect(await notes()).toEqual([]);
  });
}
