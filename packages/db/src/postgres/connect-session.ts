import type { Session } from '../settle/settler.ts';

/** A client of pg's that has not been connected yet. */
export interface SessionClient {
  connect(): Promise<unknown>;
  query(text: string, values: unknown[]): Promise<{ rows: Readonly<Record<string, string | null>>[] }>;
  end(): Promise<unknown>;
  on(event: 'error', listener: () => void): unknown;
}

/** Connects a client that belongs to no pool; one that cannot be connected is closed. */
export async function connectSession(client: SessionClient): Promise<Session> {
  client.on('error', () => {}); // its query is told
  const end = (): void => {
    client.end().catch(() => {});
  };
  try {
    await client.connect();
  } catch (error) {
    end();
    throw error;
  }
  return { end, ask: async (text, values) => (await client.query(text, [...values])).rows };
}
