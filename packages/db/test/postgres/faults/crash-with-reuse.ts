import { systemClock } from '@resilient/core';
import { createHistoryChecker, type HistoryReport } from '@resilient/testing';
import { sql } from 'kysely';
import { safeCommit } from '../../../src/unit/safe-commit.ts';
import type { OwnDatabase } from './own-database.ts';

/** What crashes have shown. */
export interface CrashFindings {
  readonly rounds: number;
  readonly report: HistoryReport;
  /** Lost numbers that the server then gave to strangers, who committed. */
  readonly reused: number;
}

/**
 * Settings under which a crash forgets numbers: nothing but a COMMIT writes the log, which else happens at any moment, and
 * what is written names the numbers that are gone.
 */
export const FORGETFUL: Record<string, string> = {
  wal_writer_delay: '10s',
  wal_writer_flush_after: '1GB',
  autovacuum: 'off',
};

const UNITS = 6;
const STRANGERS = 40;

/**
 * Cuts units at COMMIT, some before it and some after, kills the server, and lets strangers use up numbers before anybody
 * can ask.
 */
export async function crashWithReuse(
  database: OwnDatabase,
  rounds: number,
  witness: boolean,
): Promise<CrashFindings> {
  const { proxy, postgres } = database;
  const history = createHistoryChecker();
  let reused = 0;
  for (let round = 0; round < rounds; round += 1) {
    const lost = new Set<string>();
    const before = round % 3 !== 2;
    const cut = proxy.cutAfter(/commit/i, { when: before ? 'before' : 'answer', times: UNITS });
    let ready = 0;
    let open: () => void = () => {};
    const all = new Promise<void>((resolve) => {
      open = resolve;
    });
    const units = Array.from({ length: UNITS }, async (_, n) => {
      const id = `${witness} ${round} ${n}`;
      const result = await safeCommit(
        database.kysely,
        async (trx, { attempt }) => {
          await sql`insert into done values (${id})`.execute(trx);
          const { rows } = await sql<{ xid: string }>`select pg_current_xact_id()::text as xid`.execute(trx);
          if (attempt > 1) return;
          lost.add(String(rows[0]?.xid));
          ready += 1;
          if (ready === UNITS) {
            await proxy.refuse(); // who would ask cannot
            open();
          }
          await all;
        },
        { logger: database.log, witness, settleMs: 20_000, timeoutMs: 60_000 },
      );
      const unknown = !result.ok && result.error.outcome === 'unknown';
      history.record({ id, outcome: result.ok ? 'acknowledged' : unknown ? 'unknown' : 'refused' });
    });
    await Promise.race([all, systemClock.sleep(10_000)]);
    while (cut.fired < UNITS) await systemClock.sleep(5);
    await postgres.crash();
    await postgres.start();
    for (let stranger = 0; stranger < STRANGERS; stranger += 1) {
      const [row] = await database.direct(
        `insert into list (key) values ('${witness}-${round}-${stranger}') returning pg_current_xact_id()::text as xid`,
      );
      if (lost.has(String(row?.xid))) reused += 1;
    }
    await proxy.refuse(false);
    await Promise.all(units);
  }
  const present = (await database.direct(`select id from done where id like '${witness} %'`)).map(({ id }) =>
    String(id),
  );
  return { rounds, report: history.check({ present }), reused };
}
