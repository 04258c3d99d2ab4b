import { type Balancer, startBalancer } from './balancer.ts';
import { type Child, startChild } from './child.ts';
import { TOKEN } from './console-server.ts';
import { type Load, steadyLoad } from './steady-load.ts';

/** How instances behind a balancer are shut down one after the other. Times in milliseconds. */
export interface ShutdownPlan {
  readonly count: number;
  /** What the application is told. */
  readonly env: Readonly<Record<string, string>>;
  /** How often the balancer looks at readiness. */
  readonly pollMs: number;
  /** The balancer looks again only when a request has been lost: so an instance ends between two looks for certain. */
  readonly untilOneIsLost?: boolean;
}

/** What was seen of it. Times in milliseconds, from the signal. */
export interface Shutdowns {
  readonly answered: number;
  readonly lost: readonly string[];
  readonly exitCodes: readonly (number | null)[];
  /** Until the process had ended. */
  readonly exitMs: readonly number[];
  /** Until the event stream of an open dashboard had ended. */
  readonly streamMs: readonly number[];
  /** How many different instances answered. */
  readonly instances: number;
}

/** One instance with a dashboard open at it. */
interface Instance {
  readonly child: Child;
  /** Resolves with the instant at which the dashboard's event stream ended. */
  readonly streamEnded: Promise<number>;
}

async function startInstance(balancer: Balancer, env: ShutdownPlan['env']): Promise<Instance> {
  const child = startChild('application.ts', { CONSOLE_TOKEN: TOKEN, ...env });
  try {
    const port = Number((await child.line((line) => line.message === 'listening')).port);
    const stream = await fetch(`http://127.0.0.1:${port}/health/dashboard/events`, {
      headers: { authorization: `Bearer ${TOKEN}`, accept: 'text/event-stream' },
    });
    const atItsEnd = (): number => performance.now();
    const streamEnded = stream.text().then(atItsEnd, atItsEnd);
    if (stream.status !== 200) throw new Error(`the dashboard's events: ${stream.status}`);
    await balancer.add(port);
    return { child, streamEnded };
  } catch (error) {
    child.process.kill('SIGKILL');
    throw error;
  }
}

async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
}

/**
 * Runs two instances behind a balancer under load, and replaces them in turn: each time the older one is sent SIGTERM
 * and, when it has ended, another one is started, so that there is always somebody to send to.
 */
export async function rollingShutdowns(plan: ShutdownPlan): Promise<Shutdowns> {
  const exitCodes: (number | null)[] = [];
  const exitMs: number[] = [];
  const streamMs: number[] = [];
  const running: Instance[] = [];
  const loads: Load[] = [];
  await using balancer = await startBalancer(plan.pollMs);
  const lost = (): string[] => loads.flatMap((load) => load.lost);
  try {
    for (const _ of [1, 2]) running.push(await startInstance(balancer, plan.env));
    loads.push(steadyLoad(balancer.url, 8), steadyLoad(`${balancer.url}/slow?ms=100`, 8));
    for (let done = 0; done < plan.count; done += 1) {
      const [{ child, streamEnded }] = running as [Instance];
      const before = lost().length;
      if (plan.untilOneIsLost === true) await balancer.hold();
      const signalledAt = performance.now();
      child.process.kill('SIGTERM');
      exitCodes.push(await child.ended());
      exitMs.push(performance.now() - signalledAt);
      streamMs.push((await streamEnded) - signalledAt);
      running.shift();
      if (plan.untilOneIsLost === true) await until(() => lost().length > before);
      balancer.release();
      running.push(await startInstance(balancer, plan.env));
    }
  } finally {
    await Promise.all(loads.map((load) => load.stop()));
    for (const { child } of running) child.process.kill('SIGKILL');
  }
  return {
    answered: loads.reduce((sum, load) => sum + load.answered, 0),
    lost: lost(),
    exitCodes,
    exitMs,
    streamMs,
    instances: loads[0]?.by.size ?? 0,
  };
}
