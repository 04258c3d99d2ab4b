import { systemClock } from '@resilient/core';
import { createHistoryChecker, createRandom, type HistoryReport } from '@resilient/testing';
import type { OwnDatabase } from './own-database.ts';

/** Runs units of one statement while the server is told at random to cancel whatever runs, and callers give up. */
export async function cancels(
  database: OwnDatabase,
  units: number,
  seed: number,
): Promise<{ readonly report: HistoryReport; readonly canceled: number }> {
  const random = createRandom(seed);
  const history = createHistoryChecker();
  await database.direct('truncate done');
  let next = 0;
  let running = true;
  let canceled = 0;
  const work = async (): Promise<void> => {
    for (let n = next++; n < units; n = next++) {
      const id = `${n}`;
      const controller = new AbortController();
      const giveUp = random() < 0.3 ? setTimeout(() => controller.abort(), random() * 8) : undefined;
      const result = await database.save(
        async (run) => {
          await run('insert into done values ($1)', [id]);
          if (n % 2 === 0) await run('insert into done select $1 where false', [`${id}b`]);
        },
        { logger: database.log, signal: controller.signal, maxRetries: 0 },
      );
      clearTimeout(giveUp);
      const unknown = !result.ok && result.error.outcome === 'unknown';
      history.record({ id, outcome: result.ok ? 'acknowledged' : unknown ? 'unknown' : 'refused' });
    }
  };
  const cancel = async (): Promise<void> => {
    while (running) {
      const [row] = await database.direct(
        `select count(pg_cancel_backend(pid))::int as n from pg_stat_activity
         where backend_type = 'client backend' and pid <> pg_backend_pid() and datname = current_database()`,
      );
      canceled += Number(row?.n);
      await systemClock.sleep(random() * 4);
    }
  };
  const cancelling = cancel();
  await Promise.all(Array.from({ length: 10 }, work));
  running = false;
  await cancelling;
  const present = (await database.direct('select id from done')).map(({ id }) => String(id));
  return { report: history.check({ present }), canceled };
}
