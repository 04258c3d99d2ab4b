import { type HealedSessionOptions, healedSession } from '@resilient/session/fastify';
import type { FastifyPluginAsync } from 'fastify';
import { silent } from '../shape.ts';
import { shape } from './shape.ts';

/** What the suite of fastify-session gets as plugin: ours, which registers the host, with the host's own default. */
const between: FastifyPluginAsync<HealedSessionOptions> = Object.assign(
  async (app: Parameters<FastifyPluginAsync>[0], options: HealedSessionOptions) => {
    await app.register(healedSession(shape, { saveUninitialized: true, ...options, logger: silent }));
  },
  { [Symbol.for('skip-override')]: true },
);

export { between as 'module.exports' };
