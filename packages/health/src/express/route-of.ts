import type { IncomingMessage } from 'node:http';

/** The template of a request's route, such as `/users/:id`, with the path that its router is mounted at. */
export function routeOf(request: IncomingMessage): string | undefined {
  const { route, baseUrl = '' } = request as { route?: { path?: unknown }; baseUrl?: string };
  if (route?.path === undefined) return undefined;
  return `${baseUrl}${String(route.path)}`;
}
