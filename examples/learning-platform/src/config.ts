import { integer, oneOf, port, readEnvironment, secret, text, url } from '@resilient/core';

/** Everything that the environment decides. */
export interface Config {
  readonly production: boolean;
  readonly host: string;
  readonly port: number;
  readonly databaseUrl: string | undefined;
  readonly secretKey: string;
  /** `undefined` in the demo, which makes one and prints it. */
  readonly adminPassword: string | undefined;
  readonly trustProxy: boolean;
  readonly disabledFeatures: ReadonlySet<string>;
  /** The OpenAI key; without one the local tutor answers. */
  readonly openaiApiKey: string | undefined;
  /** `true` if the page that breaks things is there. */
  readonly chaos: boolean;
  readonly logLevel: string;
  /** Processes that serve. */
  readonly workers: number;
}

/** Parts of the site that can be switched off without a deploy. */
export const FEATURES: readonly string[] = ['arcade', 'tutor'];

/**
 * Reads the environment, once, at start.
 *
 * @throws EnvironmentError that lists every variable that is missing or wrong
 */
export function readConfig(): Config {
  const production = process.env.NODE_ENV === 'production';
  const env = readEnvironment({
    HOST: text(production ? '0.0.0.0' : '127.0.0.1'),
    PORT: port(3000),
    DATABASE_URL: url().optional(),
    SECRET_KEY: secret({ minBytes: 32, generate: 'development' }),
    ADMIN_PASSWORD: production ? secret({ minBytes: 12 }) : secret({ minBytes: 12 }).optional(),
    TRUST_PROXY: integer({ min: 0, max: 1, fallback: 0 }),
    DISABLED_FEATURES: text(''),
    OPENAI_API_KEY: text().optional(),
    RESILIENT_CHAOS: integer({ min: 0, max: 1, fallback: 0 }),
    RESILIENCE: oneOf(['on', 'off'], 'on'),
    LOG_LEVEL: oneOf(['fatal', 'error', 'warn', 'info', 'debug'], 'warn'),
    WORKERS: integer({ min: 1, max: 16, fallback: 1 }),
  });
  const chaos = env.RESILIENT_CHAOS === 1;
  const disabled = env.DISABLED_FEATURES.split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  const unknown = disabled.filter((name) => !FEATURES.includes(name));
  if (unknown.length > 0) {
    throw new Error(`DISABLED_FEATURES knows ${FEATURES.join(' and ')}, not ${unknown.join(', ')}.`);
  }
  if (production && (chaos || env.RESILIENCE === 'off')) {
    throw new Error(
      'RESILIENT_CHAOS=1 and RESILIENCE=off break things on purpose: unset them in production.',
    );
  }
  return {
    production,
    host: chaos ? '127.0.0.1' : env.HOST,
    port: env.PORT,
    databaseUrl: env.DATABASE_URL,
    secretKey: env.SECRET_KEY,
    adminPassword: env.ADMIN_PASSWORD,
    trustProxy: env.TRUST_PROXY === 1,
    disabledFeatures: new Set(disabled),
    openaiApiKey: env.OPENAI_API_KEY,
    chaos,
    logLevel: env.LOG_LEVEL,
    workers: env.WORKERS,
  };
}
