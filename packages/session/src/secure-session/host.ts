/** The one door to `@fastify/secure-session`. */
import type { SecureSessionPluginOptions } from '@fastify/secure-session';
import secureSession from '@fastify/secure-session';

export type { SecureSessionPluginOptions };
export { secureSession };
