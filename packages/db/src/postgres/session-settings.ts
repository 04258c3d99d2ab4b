/** Limits that the server keeps for every session of a pool, in milliseconds; `Infinity` for none. */
export interface SessionSettings {
  readonly statementTimeoutMs: number;
  readonly lockTimeoutMs: number;
  readonly idleInTransactionTimeoutMs: number;
}

/** The limits unless an option says otherwise. */
export const SESSION_DEFAULTS: SessionSettings = {
  /** As long as a unit may take in all. */
  statementTimeoutMs: 30_000,
  lockTimeoutMs: 10_000,
  /** A transaction that its process has forgotten keeps others from its rows for no longer. */
  idleInTransactionTimeoutMs: 60_000,
};

/** The names that the server has for them. */
function entriesOf(settings: SessionSettings): [string, number][] {
  const entries: [string, number][] = [
    ['statement_timeout', settings.statementTimeoutMs],
    ['lock_timeout', settings.lockTimeoutMs],
    ['idle_in_transaction_session_timeout', settings.idleInTransactionTimeoutMs],
  ];
  return entries
    .filter(([, ms]) => ms !== Number.POSITIVE_INFINITY)
    .map(([name, ms]) => [name, Math.ceil(ms)]);
}

/** As startup parameters: they cost nothing, and hold for the life of a connection. */
export function startupParameters(settings: SessionSettings): Record<string, number> {
  return Object.fromEntries(entriesOf(settings));
}

/**
 * As a statement for the first trip of a transaction, where a pooler refuses the parameters: it holds until the
 * transaction ends. `undefined` if there is nothing to set.
 */
export function localSettings(settings: SessionSettings): string | undefined {
  const calls = entriesOf(settings).map(([name, ms]) => `set_config('${name}', '${ms}', true)`);
  return calls.length > 0 ? `select ${calls.join(', ')}` : undefined;
}
