/** The SQLSTATE of a server's error; `undefined` for errors of the network or of the driver. */
export function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  // Node's codes can have five letters too (EPIPE); a server's error also has a severity
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && typeof severity === 'string'
    ? code
    : undefined;
}

/**
 * Errors after which the server closes the connection: admin shutdown, crash shutdown, cannot connect now, idle session
 * timeout, idle-in-transaction timeout, transaction timeout, protocol violation.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
const ENDING: ReadonlySet<string> = new Set(['57P01', '57P02', '57P03', '57P05', '25P03', '25P04', '08P01']);

/** Tells whether a connection must not be used again after this error. */
export function endsConnection(error: unknown): boolean {
  const state = sqlStateOf(error);
  if (state === undefined) return true;
  return ENDING.has(state) || (error as { severity?: unknown }).severity === 'FATAL';
}
