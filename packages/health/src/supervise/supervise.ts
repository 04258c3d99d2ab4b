import cluster from 'node:cluster';
import { systemClock } from '@resilient/core';
import { type SuperviseOptions, superviseSettings } from './supervise-options.ts';
import { Supervisor } from './supervisor.ts';
import { startPulse } from './worker-pulse.ts';

/**
 * Runs the application in workers and starts them again when they die. Answers `true` in a worker, where the
 * application is to be run, and `false` in the first process, which holds the socket (`node:cluster`) and watches.
 *
 * - A dead worker is replaced after 0.1, 0.2, 0.4 … 30 s, from the beginning after a minute of health. One that dies
 *   three times in a row before it is ready ends the whole with its own exit code, unless another one serves. It is
 *   ready when it listens; with a safety net, when `started()` was called.
 * - One that has reached `maxRequests`, `maxAgeMs` or `maxRssMb` is replaced first, and drained when the other one is
 *   ready: nobody is refused. One at a time. Without a safety net its servers are closed, and it ends with its last
 *   connection.
 * - One whose event loop does not turn for `hangTimeoutMs` is killed and replaced; the log has the last request that
 *   it told of.
 *
 * Signals go to the workers. In a container that is restarted by its platform it is not needed. Workers get
 * `RESILIENT_WORKERS`, their number, in the environment.
 *
 * @throws TypeError or RangeError for a wrong option
 * @example
 * ```ts
 * import { supervise } from '@resilient/health';
 *
 * if (supervise({ workers: 2, maxAgeMs: 86_400_000 })) console.log('the application starts here: await import("./application.ts")');
 * ```
 */
export function supervise(options: SuperviseOptions = {}): boolean {
  const settings = superviseSettings(options);
  if (cluster.isWorker) {
    startPulse(systemClock);
    return true;
  }
  new Supervisor(isDebugged() ? { ...settings, hangTimeoutMs: Number.POSITIVE_INFINITY } : settings).start();
  return false;
}

/** Whoever stops at a breakpoint does not hang. */
function isDebugged(): boolean {
  return /--inspect/.test(`${process.execArgv.join(' ')} ${process.env.NODE_OPTIONS ?? ''}`);
}
