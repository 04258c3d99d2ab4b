// The one door to hono: types alone, so that importing this package never loads it.
export type { Context, ErrorHandler, MiddlewareHandler, NotFoundHandler } from 'hono';
