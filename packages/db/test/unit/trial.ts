import type { Logger } from '@resilient/core';
import { createVirtualClock, type VirtualClock } from '@resilient/testing';
import type { Transaction } from '../../src/kysely.ts';
import type { CommitOptions } from '../../src/unit/options.ts';
import { type CommitResult, safeCommit } from '../../src/unit/safe-commit.ts';
import { FakeEngine, type FakeSchema, type FakeScript, serverError } from './fake-engine.ts';

/** The statement of {@link insert}. */
export const INSERT = 'insert into "note" ("id", "text") values ($1, $2)';

/** A unit of one statement. */
export const insert = (trx: Transaction<FakeSchema>): Promise<unknown> =>
  trx.insertInto('note').values({ id: 1, text: 'a' }).execute();

/** An engine on which the first attempts fail with these SQLSTATEs. */
export const failing = (...codes: string[]): FakeScript => ({
  run: (_, attempt) => {
    const code = codes[attempt - 1];
    if (code) throw serverError(code);
    return [];
  },
});

/** Units on a scripted engine and a virtual clock, and what they log as level, facts and message. */
export interface Trial {
  readonly clock: VirtualClock;
  readonly lines: [string, object, string][];
  readonly logger: Logger;
  run<T>(
    script: FakeScript,
    options?: CommitOptions,
    work?: (trx: Transaction<FakeSchema>) => T | Promise<T>,
  ): { engine: FakeEngine; result: Promise<CommitResult<Awaited<T>>> };
}

/** A fresh clock and log. */
export function createTrial(): Trial {
  const clock = createVirtualClock();
  const lines: [string, object, string][] = [];
  const note = (level: string) =>
    ((facts: object, message: string) => lines.push([level, facts, message])) as unknown as Logger['warn'];
  const logger: Logger = {
    debug: () => {},
    info: () => {},
    warn: note('warn'),
    error: note('error'),
    fatal: () => {},
    child: () => logger,
  };
  return {
    clock,
    lines,
    logger,
    run(script, options = {}, work = insert as never) {
      const engine = new FakeEngine(clock, script);
      return {
        engine,
        result: clock.settle(
          safeCommit(engine.kysely, work, { logger, random: () => 0.5, ...options }),
        ) as never,
      };
    },
  };
}
