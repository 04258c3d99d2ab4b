import { Agent, get } from 'node:http';
import { type Child, startChild } from './child.ts';
import { type OpenLoad, type OpenLoadPlan, openLoad } from './open-load.ts';

/** Requests by which it is measured how fast the machine is. */
const WARM_UP = 2_000;

/** What a server said whose database check hangs while it is probed. */
export interface ProbesUnderLoad {
  readonly ready: OpenLoad;
  /** Liveness meanwhile: how often each status came, and the slowest in milliseconds. */
  readonly live: { readonly statuses: Readonly<Record<number, number>>; readonly slowestMs: number };
  readonly health: { readonly code: number; readonly body: unknown };
  readonly check: { readonly runs: number; readonly mostInFlight: number };
}

/** How many requests a second `url` answers to 16 clients, each with one at a time; also warms both sides up. */
async function capacity(url: string): Promise<number> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const ask = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const asked = get(url, { agent }, (response) => response.resume().on('end', resolve));
      asked.on('error', reject);
    });
  const startedAt = performance.now();
  await Promise.all(Array.from({ length: WARM_UP }, ask));
  agent.destroy();
  return WARM_UP / ((performance.now() - startedAt) / 1_000);
}

async function timed(url: string): Promise<{ status: number; ms: number }> {
  const startedAt = performance.now();
  const { status } = await fetch(url);
  return { status, ms: performance.now() - startedAt };
}

/** What a server is probed with. */
export interface ProbesPlan extends OpenLoadPlan {
  /**
   * On a machine that has little time for it, only a quarter as often as it answers at all, so that what is measured
   * is not the machine.
   */
  readonly asTheMachineCan: boolean;
}

/** Probes a real server's readiness while its database check hangs. */
export async function probesUnderLoad(
  env: Record<string, string>,
  { asTheMachineCan, ...load }: ProbesPlan,
): Promise<ProbesUnderLoad> {
  const child: Child = startChild('probed-server.ts', env);
  try {
    const { port } = await child.line((line) => line.message === 'listening');
    const url = `http://127.0.0.1:${String(port)}`;
    while ((await fetch(`${url}/health/ready`)).status !== 200);
    const bearable = (await capacity(`${url}/health/ready`)) / 4;
    const perSecond = asTheMachineCan ? Math.min(load.perSecond, bearable) : load.perSecond;
    await fetch(`${url}/hang`, { method: 'POST' });

    const statuses: Record<number, number> = {};
    let slowestMs = 0;
    let isLoaded = true;
    const living = (async (): Promise<void> => {
      while (isLoaded) {
        const { status, ms } = await timed(`${url}/health/live`);
        statuses[status] = (statuses[status] ?? 0) + 1;
        slowestMs = Math.max(slowestMs, ms);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    })();
    const ready = await openLoad(`${url}/health/ready`, { ...load, perSecond });
    isLoaded = false;
    await living;
    const response = await fetch(`${url}/health`);
    const health = { code: response.status, body: await response.json() };
    const check = (await (await fetch(`${url}/counts`)).json()) as ProbesUnderLoad['check'];
    return { ready, live: { statuses, slowestMs }, health, check };
  } finally {
    child.process.kill('SIGKILL');
  }
}
