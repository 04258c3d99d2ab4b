import { systemClock } from '@resilient/core';
import {
  createHistoryChecker,
  createRandom,
  type HistoryIsolation,
  type HistoryReport,
  type HistoryStep,
} from '@resilient/testing';
import { sql } from 'kysely';
import { safeCommit } from '../../../src/unit/safe-commit.ts';
import type { OwnDatabase } from './own-database.ts';

/** How lists are appended to. */
export interface ListAppendOptions {
  readonly isolation: HistoryIsolation;
  readonly workers: number;
  readonly ms: number;
  readonly seed: number;
}

const KEYS = ['a', 'b', 'c', 'd', 'e'];

/** Units that read lists and append to them, while connections are cut; what they saw is checked. */
export async function listAppend(
  database: OwnDatabase,
  { isolation, workers, ms, seed }: ListAppendOptions,
): Promise<{ readonly report: HistoryReport; readonly cut: number; readonly reruns: number }> {
  const random = createRandom(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const history = createHistoryChecker({ isolation });
  await database.direct('truncate list');
  for (const key of KEYS) await database.direct('insert into list (key) values ($1)', [key]);
  const until = performance.now() + ms;
  let values = 0;
  let cut = 0;
  let reruns = 0;
  let acknowledged = 0;
  /** Longer where the machine is so busy that next to nothing has happened yet. */
  const goesOn = (): boolean =>
    performance.now() < until || ((acknowledged < 50 || cut < 5) && performance.now() < until + 30_000);

  const work = async (worker: number): Promise<void> => {
    for (let n = 0; goesOn(); n += 1) {
      const wanted = Array.from({ length: 1 + pick(4) }, () => ({
        key: KEYS[pick(KEYS.length)] as string,
        append: random() < 0.5 ? ++values : undefined,
      }));
      let steps: HistoryStep[] = [];
      const result = await safeCommit(
        database.kysely,
        async (trx) => {
          steps = [];
          for (const { key, append } of wanted) {
            if (append === undefined) {
              const list = trx.selectFrom('list').select('values').where('key', '=', key);
              steps.push({ read: key, values: (await list.executeTakeFirstOrThrow()).values });
            } else {
              await sql`update list set values = values || ${append}::int where key = ${key}`.execute(trx);
              steps.push({ append: key, value: append });
            }
          }
        },
        { isolation, logger: database.log, maxRetries: 20, timeoutMs: 20_000 },
      );
      if (result.ok) acknowledged += 1;
      reruns += Math.max(0, result.attempts - 1);
      const unknown = !result.ok && result.error.outcome === 'unknown';
      const all = wanted.flatMap(({ key, append }) =>
        append === undefined ? [] : [{ append: key, value: append }],
      );
      history.record({
        id: `${worker}-${n}`,
        outcome: result.ok ? 'acknowledged' : unknown ? 'unknown' : 'refused',
        steps: result.ok ? steps : all,
      });
    }
  };
  const cutNow = async (): Promise<void> => {
    while (goesOn()) {
      await systemClock.sleep(20 + pick(100));
      const open = database.proxy.connections();
      cut += open[pick(open.length)]?.cut() ?? 0;
    }
  };
  await Promise.all([cutNow(), ...Array.from({ length: workers }, (_, n) => work(n))]);
  const rows = await database.direct('select key, values from list');
  const lists = Object.fromEntries(rows.map(({ key, values }) => [String(key), values as number[]]));
  return { report: history.check({ lists }), cut, reruns };
}
