// The one door to express: types alone, so that importing this package never loads it.
export type { ErrorRequestHandler, Request, RequestHandler } from 'express';
