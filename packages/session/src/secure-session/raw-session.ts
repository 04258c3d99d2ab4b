/** A session of `@fastify/secure-session`, as far as it matters here. */
export interface SecureSession {
  changed: boolean;
  readonly deleted: boolean;
  touch(): void;
  regenerate(...kept: unknown[]): void;
}

/** The object behind a session, which its host seals; `undefined` for what is no session of its host. */
export function rawOf(session: unknown): Record<string, unknown> | undefined {
  if (typeof session !== 'object' || session === null) return undefined;
  const symbol = Object.getOwnPropertySymbols(session).find(({ description }) => description === 'object');
  if (symbol === undefined) return undefined;
  const raw: unknown = Reflect.get(session, symbol);
  return typeof raw === 'object' && raw !== null && !Array.isArray(raw)
    ? (raw as Record<string, unknown>)
    : undefined;
}
