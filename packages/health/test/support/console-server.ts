import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  createHealthMonitor,
  defineCheck,
  type HealthHandlerOptions,
  type HealthMonitor,
  type HealthMonitorOptions,
} from '@resilient/health';
import { healthRoutes } from '@resilient/health/node';
import { memoryLogger } from './memory-logger.ts';

/** A long enough token. */
export const TOKEN = 'kE2vTq8sJm4LwZ0xRb6NcY1uH9dPfGaA';

/** A monitor behind Node's own server, with whatever the application itself answers. */
export interface ConsoleServer extends AsyncDisposable {
  readonly url: string;
  readonly monitor: HealthMonitor;
}

/** Starts a server with the console and one check, alone or in a fleet; everything else is the application's 404. */
export async function startConsole(
  options: HealthHandlerOptions = {},
  shared: Pick<HealthMonitorOptions, 'fleet'> = {},
): Promise<ConsoleServer> {
  const monitor = createHealthMonitor({
    name: 'school',
    release: '2026.11',
    instance: 'web-1',
    logger: memoryLogger(),
    sampling: { intervalMs: 500 },
    ...shared,
    checks: [defineCheck({ name: 'tutor', required: false, run: () => undefined })],
  });
  monitor.started();
  const health = healthRoutes(monitor, options);
  const server = createServer(async (request, response) => {
    if (await health(request, response)) return;
    response.writeHead(404, { 'content-type': 'text/plain' }).end('the application’s 404');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    monitor,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
      await monitor.close();
    },
  };
}

/** Headers of somebody who holds the token. */
export const BEARER = { authorization: `Bearer ${TOKEN}` };
