import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { recordRequest } from '../node/record-request.ts';
import { type ErrorReporter, reportError } from '../reporting/error-reporter.ts';
import { cutByUs } from '../server/cut-by-us.ts';
import { watchPayload } from './failing-payload.ts';
import type { FastifyInstance, FastifyRequest } from './fastify.ts';

/** The template of a request's route, `undefined` if none matched. */
export function routeOf(request: FastifyRequest): string | undefined {
  return request.is404 ? undefined : request.routeOptions?.url;
}

/** Records each request, and each answer that breaks off while it is sent. */
export function recordRequests(app: FastifyInstance, monitor: HealthMonitor, report?: ErrorReporter): void {
  app.addHook('onRequest', (request, reply, done) => {
    recordRequest(monitor, request.raw, reply.raw, () => routeOf(request));
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    watchPayload(payload, (error) => {
      // Before the first byte the error page answers it; and who went away has broken the stream himself.
      if (!reply.raw.headersSent || reply.raw.destroyed) return;
      cutByUs.add(request.raw);
      const route = routeOf(request);
      const context = route === undefined ? {} : { route };
      monitor.recordError(error, context);
      reportError(report, error, { origin: 'request', ...context, host: request }, monitor.logger);
      monitor.logger.error({ reqId: request.id, ...context, err: errorForLog(error) }, 'an answer broke off');
    });
    done();
  });
}
