import { createRequire, registerHooks } from 'node:module';

// Loaded before a library's own suite: the suite stays as its authors published it, only what it requires is chosen.
// `SUITE_ROOT` is the URL of the suite's package, `SUITE_REDIRECTS` the paths its files get for what they ask for.

const root = process.env.SUITE_ROOT ?? '';
const require = createRequire(import.meta.url);

/** What the authors of the suites install for their tests alone, and a package that is installed does not bring. */
const devDependencies: Readonly<Record<string, string>> = {
  '@sinonjs/fake-timers': require.resolve('@sinonjs/fake-timers'),
  cookie: require.resolve('cookie'),
  'cookie-parser': require.resolve('cookie-parser'),
  express: require.resolve('express'),
  fastify: require.resolve('fastify'),
  'fastify-cookie': require.resolve('@fastify/cookie'),
  'fastify-plugin': require.resolve('fastify-plugin'),
  should: require.resolve('should'),
  supertest: require.resolve('supertest'),
};

const chosen = new Map<string, string>([
  ...Object.entries(devDependencies),
  ...Object.entries(JSON.parse(process.env.SUITE_REDIRECTS ?? '{}') as Record<string, string>),
]);

registerHooks({
  resolve: (specifier, context, next) =>
    next((context.parentURL?.startsWith(`${root}test/`) && chosen.get(specifier)) || specifier, context),
});
