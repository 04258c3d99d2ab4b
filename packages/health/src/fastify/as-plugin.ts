import type { FastifyInstance, FastifyPluginAsync } from './fastify.ts';

/** Makes a plugin whose hooks and handlers apply to the whole application, as `fastify-plugin` does. */
export function asPlugin(name: string, register: (app: FastifyInstance) => void): FastifyPluginAsync {
  const plugin = async (app: FastifyInstance): Promise<void> => register(app);
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
  });
}
