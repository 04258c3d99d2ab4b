import type { FastifyPluginAsync } from './host.ts';

/** Makes a plugin speak to the application itself and not to a copy of it, as `fastify-plugin` does. */
export function sharedPlugin(name: string, plugin: FastifyPluginAsync): FastifyPluginAsync {
  return Object.assign(plugin, {
    [Symbol.for('skip-override')]: true,
    [Symbol.for('fastify.display-name')]: name,
  });
}
