import type { Clock, Logger } from '@resilient/core';
import { FLEET_TIMEOUT_MS, FLUSH_TIMEOUT_MS, REPLACEMENT_TIMEOUT_MS } from '../defaults.ts';
import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { bounded } from '../time/bounded.ts';
import type { OpenRequests } from './open-requests.ts';

/** Something to do before the process ends. */
export type ShutdownHook = () => unknown;

/** One drain. All durations in milliseconds. */
export interface DrainPlan {
  readonly monitor: HealthMonitor;
  readonly logger: Logger;
  readonly requests: OpenRequests;
  /** Newest first. */
  readonly hooks: readonly ShutdownHook[];
  readonly delayMs: number;
  /** Another one serves the same socket: readiness stays as it is until this one's servers are closed. */
  readonly isReplaced?: boolean;
  /** Serves as before until this is resolved, for 5 s or half of the time at most. */
  readonly replaced?: Promise<void> | undefined;
  readonly timeoutMs: number;
  readonly hookTimeoutMs: number;
}

/** How often a server that is being closed is looked at. */
const POLL_MS = 20;
/** Connections on which no request has come for so long are cut: browsers open them in advance, or upgrade them. */
const IDLE_MS = 200;

/** Ends the application in order, each step with its own limit; never throws. */
export async function drain(plan: DrainPlan): Promise<void> {
  const { monitor, logger, requests } = plan;
  const { clock } = monitor;
  const endsAt = clock.now() + plan.timeoutMs;
  const left = (): number => Math.max(1, endsAt - clock.now());
  // A probe that meets one worker speaks of all of them: a 503 of this one would take the next one out as well.
  if (plan.isReplaced !== true) monitor.startDraining();
  requests.endKeepAlive();
  if (plan.delayMs > 0) await clock.sleep(Math.min(plan.delayMs, left()));

  if (plan.replaced !== undefined) {
    const { replaced } = plan;
    await bounded(clock, Math.min(REPLACEMENT_TIMEOUT_MS, left() / 2), () => replaced);
  }
  monitor.startDraining();
  requests.endStreams();
  // Requests may not use up the time of the hooks behind them.
  const reserveMs = Math.min(plan.hookTimeoutMs + FLUSH_TIMEOUT_MS, left() / 2);
  await closeServers(clock, requests, endsAt - reserveMs);
  // Hooks close databases, and with them the way to the fleet store.
  await bounded(clock, Math.min(FLEET_TIMEOUT_MS, left()), () => monitor.flush());
  for (const hook of plan.hooks) {
    const ended = await bounded(clock, Math.min(plan.hookTimeoutMs, left()), hook);
    if (!ended.ok)
      logger.error({ err: errorForLog(ended.error) }, 'a shutdown hook failed, or needed too long');
  }
  await bounded(clock, Math.min(FLUSH_TIMEOUT_MS, left()), () => monitor.close());
  if (requests.size > 0) {
    logger.error(
      { requests: requests.paths(), count: requests.size },
      'requests were cut at the end of the drain',
    );
  }
  requests.cut();
}

/** Closes all servers and waits until the last answer is sent, or until `endsAt`. */
async function closeServers(clock: Clock, requests: OpenRequests, endsAt: number): Promise<void> {
  let closing = 0;
  for (const server of requests.servers) {
    if (!server.listening) continue;
    closing += 1;
    server.close(() => {
      closing -= 1;
    });
  }
  let idleSince = clock.now();
  while (closing > 0 && clock.now() < endsAt) {
    await clock.sleep(POLL_MS);
    if (requests.size > 0) idleSince = clock.now();
    if (clock.now() - idleSince >= IDLE_MS) requests.cut();
    else for (const server of requests.servers) server.closeIdleConnections();
  }
}
