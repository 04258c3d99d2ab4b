import type { HealthMonitor } from '../monitor/types.ts';
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

/** A payload that can fail while it is being sent. */
interface FailingPayload {
  once(event: 'error', listener: (error: unknown) => void): unknown;
}

/** Records each request with its route, status and time to the first byte; `cut` holds those that we broke off. */
export function recordRequests(app: FastifyInstance, monitor: HealthMonitor, cut: WeakSet<object>): void {
  const startedAt = new WeakMap<object, number>();
  const firstByteAt = new WeakMap<object, number>();

  app.addHook('onRequest', (request, _reply, done) => {
    startedAt.set(request, monitor.clock.now());
    done();
  });
  app.addHook('onSend', (request, _reply, payload, done) => {
    firstByteAt.set(request, monitor.clock.now());
    if (typeof (payload as FailingPayload | null)?.once === 'function') {
      (payload as FailingPayload).once('error', (error) => {
        cut.add(request);
        const route = routeOf(request);
        monitor.recordError(error, route === undefined ? {} : { route });
      });
    }
    done();
  });
  app.addHook('onResponse', (request, reply, done) => {
    const isCut = cut.has(request);
    // Who went away before the answer was there has not been served badly.
    const gone = !isCut && !reply.raw.writableFinished;
    if (!gone && !probeRequests.has(request) && !isStream(request, reply)) {
      const now = monitor.clock.now();
      const route = routeOf(request);
      monitor.recordRequest({
        ...(route === undefined ? {} : { route }),
        status: isCut ? 500 : reply.statusCode,
        durationMs: (firstByteAt.get(request) ?? now) - (startedAt.get(request) ?? now),
      });
    }
    done();
  });
}
