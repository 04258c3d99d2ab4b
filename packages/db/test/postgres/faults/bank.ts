import { systemClock } from '@resilient/core';
import { createHistoryChecker, createRandom, type HistoryReport } from '@resilient/testing';
import { safeCommit } from '../../../src/unit/safe-commit.ts';
import type { OwnDatabase } from './own-database.ts';

/** What the bank has shown. */
export interface BankFindings {
  readonly report: HistoryReport;
  readonly faults: { terminated: number; cut: number; restarts: number };
  readonly codes: Readonly<Record<string, number>>;
  readonly reruns: number;
}

const ACCOUNTS = 10;
const EACH = 1_000;

/** How the bank is run. */
export interface BankOptions {
  readonly workers: number;
  readonly ms: number;
  readonly restartEveryMs: number;
  readonly seed: number;
}

/** Transfers between accounts in whatever order, so that they deadlock, while the server is ill-treated. */
export async function bank(database: OwnDatabase, options: BankOptions): Promise<BankFindings> {
  const { workers, ms, restartEveryMs, seed } = options;
  const { proxy, postgres } = database;
  const random = createRandom(seed);
  const pick = (n: number): number => Math.floor(random() * n);
  const history = createHistoryChecker({ total: ACCOUNTS * EACH });
  const faults = { terminated: 0, cut: 0, restarts: 0 };
  const codes: Record<string, number> = {};
  let reruns = 0;
  await database.direct(
    `truncate done; truncate account; insert into account select n, ${EACH} from generate_series(1, ${ACCOUNTS}) n`,
  );
  const until = performance.now() + ms;
  /** Longer where the machine is so busy that next to nothing has happened yet. */
  const goesOn = (): boolean => {
    const few = (codes.ok ?? 0) < 50 || faults.cut + faults.terminated < 5;
    return performance.now() < until || (few && performance.now() < until + 30_000);
  };

  const work = async (worker: number): Promise<void> => {
    for (let n = 0; goesOn(); n += 1) {
      const id = `${worker}-${n}`;
      const [from, to, amount] = [1 + pick(ACCOUNTS), 1 + pick(ACCOUNTS), pick(100)];
      const result = await safeCommit(
        database.kysely,
        async (trx) => {
          const take = trx.updateTable('account').set((eb) => ({ balance: eb('balance', '-', amount) }));
          await take.where('id', '=', from).execute();
          const give = trx.updateTable('account').set((eb) => ({ balance: eb('balance', '+', amount) }));
          await give.where('id', '=', to).execute();
          await trx.insertInto('done').values({ id }).execute();
        },
        { logger: database.log, timeoutMs: 20_000, maxRetries: 5 },
      );
      const code = result.ok ? 'ok' : result.error.code;
      codes[code] = (codes[code] ?? 0) + 1;
      reruns += Math.max(0, result.attempts - 1);
      const unknown = !result.ok && result.error.outcome === 'unknown';
      history.record({ id, outcome: result.ok ? 'acknowledged' : unknown ? 'unknown' : 'refused' });
    }
  };
  const illTreat = async (): Promise<void> => {
    let restartAt = performance.now() + restartEveryMs;
    while (goesOn()) {
      await systemClock.sleep(20 + pick(150));
      if (performance.now() > restartAt) {
        faults.restarts += 1;
        if (faults.restarts % 2 === 0) {
          await postgres.crash();
          await postgres.start();
        } else await postgres.restart();
        restartAt = performance.now() + restartEveryMs;
      } else if (random() < 0.5) {
        const open = proxy.connections();
        faults.cut += open[pick(open.length)]?.cut() ?? 0;
      } else {
        await database.direct(
          `select pg_terminate_backend(pid) from pg_stat_activity
           where backend_type = 'client backend' and pid <> pg_backend_pid() order by random() limit 1`,
        );
        faults.terminated += 1;
      }
    }
  };
  await Promise.all([illTreat(), ...Array.from({ length: workers }, (_, n) => work(n))]);
  const balances = (await database.direct('select balance from account')).map(({ balance }) =>
    Number(balance),
  );
  const present = (await database.direct('select id from done')).map(({ id }) => String(id));
  return { report: history.check({ present, balances }), faults, codes, reruns };
}
