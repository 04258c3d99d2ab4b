import { createServer } from 'node:net';
import { listenQuietly } from '../network/quiet-port.ts';

/** A TCP port of the loopback interface that nobody listens on at this moment, nor soon. */
export const findFreePort = (): Promise<number> =>
  listenQuietly(
    (port) =>
      new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', reject).listen(port, '127.0.0.1', () => {
          server.close(() => resolve(port));
        });
      }),
  );
