import { loadavg } from 'node:os';
import { expect, test } from 'vitest';
import { writeEvidence } from './support/evidence.ts';
import { type ProbesUnderLoad, probesUnderLoad } from './support/probes-under-load.ts';

const PER_SECOND = 2_000;
const FOR_MS = 30_000;

const figures = ({ ready, live, check }: ProbesUnderLoad): object => {
  const sorted = ready.timesMs.toSorted((a, b) => a - b);
  const at = (share: number): number => Math.round(sorted[Math.floor(share * (sorted.length - 1))] ?? 0);
  return {
    sent: ready.sent,
    perSecond: Math.round((ready.sent / ready.sendingMs) * 1_000),
    statuses: ready.statuses,
    okAfterTheFirst503: ready.takenBack,
    errors: ready.errors.length,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    slowestMs: at(1),
    mostChecksInFlight: check.mostInFlight,
    live: { statuses: live.statuses, slowestMs: Math.round(live.slowestMs) },
  };
};

test('readiness probed 2,000 times a second for 30 s while the database check hangs, with the defaults of checks', {
  timeout: 300_000,
}, async () => {
  const plan = { perSecond: PER_SECOND, forMs: FOR_MS, catchUpMs: 100, asTheMachineCan: false };
  const forEver = await probesUnderLoad({ HANGS: 'for ever' }, plan);
  const untilAborted = await probesUnderLoad({ HANGS: 'until it is aborted' }, plan);
  writeEvidence('health-probes', {
    asked: { perSecond: PER_SECOND, forMs: FOR_MS },
    hangsForEver: figures(forEver),
    hangsUntilAborted: figures(untilAborted),
  });
  for (const { ready, live, check, health } of [forEver, untilAborted]) {
    expect(ready.errors).toEqual([]);
    expect(ready.timesMs).toHaveLength(ready.sent);
    expect(Math.max(...ready.timesMs), `load ${loadavg()[0]}`).toBeLessThan(3 * 1_000);
    expect([check.mostInFlight, ready.takenBack]).toEqual([1, 0]);
    expect(health).toEqual({ code: 503, body: { status: 'critical', database: 'timeout' } });
    expect(Object.keys(live.statuses)).toEqual(['200']);
  }
});
