import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { type Clock, onResilienceEvent } from '@resilient/core';
import { PULSE_INTERVAL_MS, REQUESTS_TOLD } from '../defaults.ts';
import { requestLine } from '../server/request-line.ts';
import { sendPulse, tellSupervisor } from './messages.ts';

/**
 * Tells the supervisor of this worker: once a second that its event loop turns, how many requests it has begun and
 * how large it is; and of the first requests of each second before their handlers run, since one that never gives the
 * event loop back could not be named afterwards.
 */
export function startPulse(clock: Clock): void {
  let requests = 0;
  let lastRequest = '';
  let told = 0;
  let rssMb = 0;

  const beat = (): void => {
    told = 0;
    rssMb = process.memoryUsage.rss() / 2 ** 20;
    sendPulse({ requests, rssMb, lastRequest });
    clock.setTimer(beat, PULSE_INTERVAL_MS, { background: true });
  };
  // Node tells of every request of every HTTP/1 server of the process here, before its handlers run.
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    requests += 1;
    lastRequest = requestLine(request);
    if (told >= REQUESTS_TOLD) return;
    told += 1;
    sendPulse({ requests, rssMb, lastRequest });
  });
  onResilienceEvent((event) => {
    if (event.kind === 'warning' && event.code === 'SQLITE_IN_WORKERS') tellSupervisor('sqlite');
  });
  beat();
}
