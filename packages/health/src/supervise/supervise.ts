import cluster from 'node:cluster';
import { checkKnown, type Logger, loggerOf, refuse } from '@resilient/core';
import { Supervisor } from './supervisor.ts';

/** How the application is supervised. */
export interface SuperviseOptions {
  /** Processes that run the application; more than one comes later. @defaultValue `1` */
  readonly workers?: 1;
  /** @defaultValue core's shared pino logger */
  readonly logger?: Logger;
}

/**
 * Runs the application in a worker and starts it again when it dies. Answers `true` in the worker, where the
 * application is to be run, and `false` in the first process, which holds the socket and watches.
 *
 * A dead worker is replaced after 0.1, 0.2, 0.4 … 30 s; one that dies three times in a row before it is ready ends the
 * whole with its own exit code. It is ready when it listens; with a safety net, when `started()` was called. Signals go to the worker. In a container that is restarted by its platform it is not
 * needed.
 *
 * @throws TypeError for a wrong option
 * @example
 * ```ts
 * import { supervise } from '@resilient/health';
 *
 * if (supervise({ workers: 1 })) console.log('the application starts here: await import("./application.ts")');
 * ```
 */
export function supervise(options: SuperviseOptions = {}): boolean {
  checkKnown('supervise', options, ['workers', 'logger']);
  const { workers = 1 } = options;
  if (workers !== 1) throw refuse('workers', '1', workers);
  const logger = loggerOf(options.logger);
  if (cluster.isWorker) return true;
  new Supervisor(logger).start();
  return false;
}
