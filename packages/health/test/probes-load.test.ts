import { loadavg } from 'node:os';
import { expect, test } from 'vitest';
import { probesUnderLoad } from './support/probes-under-load.ts';

test.each(['for ever', 'until it is aborted'])(
  'readiness is probed 2,000 times a second while the database check hangs %s: all answered, one check in flight',
  { timeout: 240_000 },
  async (how) => {
    const env = { HANGS: how, TTL_MS: '200' };
    const { ready, live, health, check } = await probesUnderLoad(env, {
      perSecond: 2_000,
      forMs: 2_000,
      catchUpMs: 8,
      asTheMachineCan: true,
    });
    const said = `${ready.sent} sent in ${ready.sendingMs} ms, load ${loadavg()[0]}`;
    expect(ready.errors, said).toEqual([]);
    expect(ready.timesMs, said).toHaveLength(ready.sent);
    // Kubernetes waits 1 s for a probe.
    expect(Math.max(...ready.timesMs), said).toBeLessThan(3 * 1_000);
    expect(check.mostInFlight).toBe(1);
    // What is known is believed for `ttlMs`; once it is known to hang, nobody hears anything else.
    expect(Object.keys(ready.statuses).filter((status) => status !== '200' && status !== '503')).toEqual([]);
    expect(ready.takenBack, said).toBe(0);
    expect(health).toEqual({ code: 503, body: { status: 'critical', database: 'timeout' } });
    expect(Object.keys(live.statuses)).toEqual(['200']);
    expect(live.slowestMs, said).toBeLessThan(3 * 1_000);
  },
);
