import { withDeadline } from '@resilient/core';
import fastifyPlugin from 'fastify-plugin';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** How long a request of this route may take in all, in milliseconds. */
    deadlineMs?: number;
  }
}

/** What a request may take unless its route says otherwise: 30 s. */
const DEADLINE_MS = 30_000;

/** Gives every handler a deadline: whatever it calls through @resilient is bound by it. */
export const deadlines = fastifyPlugin(async (app) => {
  app.addHook('onRoute', (route) => {
    const { handler } = route;
    const deadlineMs = route.config?.deadlineMs ?? DEADLINE_MS;
    route.handler = function handleInTime(request, reply) {
      return withDeadline(deadlineMs, () => handler.call(this, request, reply));
    };
  });
});
