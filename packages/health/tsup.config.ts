import { defineConfig } from 'tsup';
import { library } from '../tsup.base.ts';

export default defineConfig(
  library({
    index: 'src/index.ts',
    express: 'src/express/index.ts',
    fastify: 'src/fastify/index.ts',
    hono: 'src/hono/index.ts',
    koa: 'src/koa/index.ts',
    kysely: 'src/kysely/index.ts',
    node: 'src/node/index.ts',
    opentelemetry: 'src/opentelemetry/index.ts',
  }),
);
