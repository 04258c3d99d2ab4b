import { type HealedSecureSessionOptions, healedSecureSession } from '@resilient/session/secure-session';
import type { FastifyPluginAsync } from 'fastify';
import { silent } from '../shape.ts';
import { shape } from './shape.ts';

/** What the suite of @fastify/secure-session gets as plugin: ours, which registers the host. */
const between: FastifyPluginAsync<HealedSecureSessionOptions> = Object.assign(
  async (app: Parameters<FastifyPluginAsync>[0], options: HealedSecureSessionOptions) => {
    await app.register(healedSecureSession(shape, { ...options, logger: silent }));
  },
  { [Symbol.for('skip-override')]: true },
);

export { between as 'module.exports' };
