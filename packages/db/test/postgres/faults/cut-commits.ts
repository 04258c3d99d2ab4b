import { type CutMoment, createHistoryChecker, type HistoryReport } from '@resilient/testing';
import type { OwnDatabase } from './own-database.ts';

/** What a run of cuts has shown. */
export interface CutFindings {
  readonly units: number;
  readonly cuts: number;
  readonly report: HistoryReport;
  /** Whether a counter that each unit adds to says the same. */
  readonly counted: number;
  readonly attempts: Readonly<Record<string, number>>;
  readonly slowestMs: number;
}

/** Runs units one after the other, the connection of each cut at its first COMMIT. */
export async function cutCommits(
  database: OwnDatabase,
  units: number,
  when: CutMoment,
): Promise<CutFindings> {
  const history = createHistoryChecker();
  await database.direct('truncate done; truncate account; insert into account values (1, 0)');
  const attempts: Record<string, number> = {};
  let cuts = 0;
  let slowestMs = 0;
  for (let n = 0; n < units; n += 1) {
    const id = `${when} ${n}`;
    const cut = database.proxy.cutAfter(/commit/i, { when });
    const startedAt = performance.now();
    const result = await database.save(
      async (run) => {
        await run('update account set balance = balance + 1 where id = 1');
        await run('insert into done values ($1)', [id]);
      },
      { logger: database.log, random: () => 0 }, // the waits between runs are shown elsewhere
    );
    slowestMs = Math.max(slowestMs, performance.now() - startedAt);
    cuts += cut.fired;
    cut.cancel();
    const unknown = !result.ok && result.error.outcome === 'unknown';
    history.record({ id, outcome: result.ok ? 'acknowledged' : unknown ? 'unknown' : 'refused' });
    attempts[result.attempts] = (attempts[result.attempts] ?? 0) + 1;
  }
  const present = (await database.direct('select id from done')).map(({ id }) => String(id));
  const [account] = await database.direct('select balance from account');
  const report = history.check({ present });
  return {
    units,
    cuts,
    report,
    counted: Number(account?.balance),
    attempts,
    slowestMs: Math.round(slowestMs),
  };
}
