import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Site } from './host.ts';

/** Lets a handler of Node listen on a free port. */
export async function listening(handler: RequestListener): Promise<Site> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
