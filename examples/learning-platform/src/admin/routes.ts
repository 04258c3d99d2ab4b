import type { HealthMonitor } from '@resilient/health';
import type { FastifyPluginAsync } from 'fastify';
import { only } from '../auth/guard.ts';
import { healthPage } from '../pages/health.ts';
import { sendPage } from '../pages/send.ts';

/** How the site is, for admins; for everybody else the page does not exist. */
export function adminRoutes(monitor: HealthMonitor): FastifyPluginAsync {
  return async (app) => {
    app.get('/admin/health', { preHandler: only('admin') }, async (request, reply) =>
      sendPage(request, reply, 'Health', healthPage(monitor.getErrorSummary())),
    );
  };
}
