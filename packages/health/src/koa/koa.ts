// The one door to koa: types alone, so that importing this package never loads it.
export type { Context, Middleware } from 'koa';
