import fastify, { type FastifyInstance, type FastifyServerOptions } from 'fastify';

type Started = (error: Error | null) => void;

/** The fastify of today with the `listen(port, callback)` of fastify 2, which the suite of fastify-session calls. */
const fastifyTwo = (options: FastifyServerOptions = {}): FastifyInstance => {
  // `x-forwarded-proto` was believed without being asked for then.
  const app = fastify({ trustProxy: true, ...options }) as FastifyInstance;
  const listen = app.listen.bind(app);
  const listenTo = (port: number, callback: Started): void => void listen({ port }, callback);
  return Object.assign(app, { listen: listenTo }) as never;
};

export { fastifyTwo as 'module.exports' };
