import { type AddressInfo, connect, createServer } from 'node:net';

/** What stands before a server and counts how often a client asks and waits. */
export interface TripCounter extends AsyncDisposable {
  readonly port: number;
  /** So far, of all connections: what is sent without waiting for an answer belongs to one trip. */
  readonly trips: number;
}

/** An answer is held back for so long that whatever is sent without waiting for it has been sent. */
const HELD_MS = 50;

/** Starts one before the server on `upstreamPort` of this machine. */
export async function countTrips(upstreamPort: number): Promise<TripCounter> {
  let trips = 0;
  const server = createServer((client) => {
    const upstream = connect(upstreamPort, '127.0.0.1');
    let isAsking = false;
    client.on('data', (chunk) => {
      if (!isAsking) trips += 1;
      isAsking = true;
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => {
      setTimeout(() => {
        isAsking = false;
        client.write(chunk);
      }, HELD_MS);
    });
    client.on('error', () => {}).on('close', () => upstream.destroy());
    upstream.on('error', () => {}).on('close', () => client.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    get trips() {
      return trips;
    },
    async [Symbol.asyncDispose]() {
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
