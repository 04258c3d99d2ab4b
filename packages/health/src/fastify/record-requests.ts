import { errorForLog } from '../errors/error-for-log.ts';
import type { HealthMonitor } from '../monitor/types.ts';
import { cutByUs } from '../server/cut-by-us.ts';
import { watchPayload } from './failing-payload.ts';
import type { FastifyInstance, FastifyReply, FastifyRequest } from './fastify.ts';
import { probeRequests } from './probe-requests.ts';

/** The template of a request's route, `undefined` if none matched. */
export function routeOf(request: FastifyRequest): string | undefined {
  return request.is404 ? undefined : request.routeOptions?.url;
}

/** Event streams never end, and upgrades are no answers: neither says how fast or right the application is. */
function isStream(request: FastifyRequest, reply: FastifyReply): boolean {
  const type = String(reply.getHeader('content-type') ?? request.headers.accept ?? '');
  return type.startsWith('text/event-stream') || reply.statusCode === 101;
}

/** Records each request with its route, status and time to the first byte; `cut` holds those that we broke off. */
export function recordRequests(app: FastifyInstance, monitor: HealthMonitor, cut: WeakSet<object>): void {
  const { clock, logger } = monitor;
  const firstByteAt = new WeakMap<object, number>();

  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = clock.now();
    let isRecorded = false;
    const record = (): void => {
      if (isRecorded) return;
      isRecorded = true;
      const isLate = cutByUs.has(request.raw);
      const isCut = isLate || cut.has(request);
      // Who went away before the answer was there has not been served badly.
      const isGone = !isCut && !reply.raw.writableFinished;
      if (isGone || probeRequests.has(request) || isStream(request, reply)) return;
      const route = routeOf(request);
      monitor.recordRequest({
        ...(route === undefined ? {} : { route }),
        status: isLate ? 503 : isCut ? 500 : reply.statusCode,
        durationMs: (firstByteAt.get(request) ?? clock.now()) - startedAt,
      });
    };
    // Not `onResponse`, which fastify calls only for answers that were finished; `inject` knows no `close`.
    reply.raw.once('finish', record);
    reply.raw.once('close', record);
    done();
  });
  app.addHook('onSend', (request, reply, payload, done) => {
    firstByteAt.set(request, clock.now());
    watchPayload(payload, (error) => {
      // Before the first byte the error page answers it; and who went away has broken the stream himself.
      if (!reply.raw.headersSent || reply.raw.destroyed) return;
      cut.add(request);
      const route = routeOf(request);
      const context = route === undefined ? {} : { route };
      monitor.recordError(error, context);
      logger.error({ reqId: request.id, ...context, err: errorForLog(error) }, 'an answer broke off');
    });
    done();
  });
}
