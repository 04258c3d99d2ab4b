import { classifyPostgres } from '../classify/postgres.ts';
import { sqlStateOf } from './sql-state.ts';

/** Ends of one session by a limit of its own, from which nothing follows for the others. */
const OWN_END: ReadonlySet<string | undefined> = new Set(['25P03', '25P04', '57P05']);

/**
 * Tells whether an error that ended a connection means that the server, or the way to it, was lost, so that the other
 * connections cannot be trusted either. Errors of the driver's own, such as a value that it cannot send, do not.
 */
export function losesServer(error: unknown, epochMs: number): boolean {
  if (OWN_END.has(sqlStateOf(error))) return false;
  const verdict = classifyPostgres(error, epochMs);
  return verdict?.kind === 'disconnect' || verdict?.kind === 'network';
}

/** Tells whether an error of connecting means that nobody can connect: a refusal for good, or a full server, does not. */
export function meansOutage(error: unknown, epochMs: number): boolean {
  const verdict = classifyPostgres(error, epochMs);
  if (!verdict?.transient) return false;
  return verdict.kind === 'disconnect' || verdict.kind === 'network' || verdict.kind === 'timeout';
}

/**
 * A pooler's own refusal. PgBouncer uses 08P01 for whatever it has to say, also that its server is down; it is told from
 * the server's own protocol violation by the missing `routine`, which a server always sends.
 */
function isPoolerRefusal(error: unknown): boolean {
  return sqlStateOf(error) === '08P01' && (error as { routine?: unknown }).routine === undefined;
}

/** The connection behind a pooler was lost, or none could be made. */
class PoolerConnectionError extends Error {
  readonly code = '08006';
  readonly severity = 'FATAL';

  constructor(cause: unknown) {
    super('the pooler has no connection to the database', { cause });
    this.name = 'PoolerConnectionError';
  }
}

/** An error as it is to be judged behind a pooler: what PgBouncer calls a protocol violation is a lost connection. */
export function translatePooler(error: unknown): unknown {
  return isPoolerRefusal(error) ? new PoolerConnectionError(error) : error;
}

/** Tells whether an error is one that {@link translatePooler} has made. */
export function isPoolerError(error: unknown): boolean {
  return error instanceof PoolerConnectionError;
}
