import { subscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { type Clock, onResilienceEvent } from '@resilient/core';
import { PULSE_INTERVAL_MS, REQUEST_PULSE_MS } from '../defaults.ts';
import { sendPulse, tellSupervisor } from './messages.ts';

/**
 * Tells the supervisor of this worker: once a second that its event loop turns, how many requests it has begun and
 * how large it is; and, ten times a second at most, of a request before its handler runs, since a handler that never
 * gives the event loop back could not be named afterwards.
 */
export function startPulse(clock: Clock): void {
  let requests = 0;
  let lastRequest = '';
  let toldAt = Number.NEGATIVE_INFINITY;

  const tell = (): void => {
    toldAt = clock.now();
    sendPulse({ requests, rssMb: process.memoryUsage.rss() / 2 ** 20, lastRequest });
  };
  const beat = (): void => {
    tell();
    clock.setTimer(beat, PULSE_INTERVAL_MS, { background: true });
  };
  // Node tells of every request of every HTTP/1 server of the process here, before its handlers run.
  subscribe('http.server.request.start', (message) => {
    const { request } = message as { request: IncomingMessage };
    requests += 1;
    lastRequest = `${request.method ?? ''} ${(request.url ?? '').split('?', 1)[0]?.slice(0, 100) ?? ''}`;
    if (clock.now() - toldAt >= REQUEST_PULSE_MS) tell();
  });
  onResilienceEvent((event) => {
    if (event.kind === 'warning' && event.code === 'SQLITE_IN_WORKERS') tellSupervisor('sqlite');
  });
  beat();
}
