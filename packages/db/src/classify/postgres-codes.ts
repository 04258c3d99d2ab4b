import type { Verdict } from '@resilient/core';

/** What a code means; a row of two characters is a whole class. */
export type CodeTable = ReadonlyMap<string, Omit<Verdict, 'code'>>;

const conflict = { transient: true, kind: 'conflict', outcome: 'rejected' } as const;
const lost = { transient: true, kind: 'disconnect', outcome: 'unknown' } as const;
const notConnected = { transient: true, kind: 'disconnect', outcome: 'not-sent' } as const;
const timeout = { transient: false, kind: 'timeout', outcome: 'rejected' } as const;
const invalid = { transient: false, kind: 'invalid', outcome: 'rejected' } as const;
const auth = { transient: false, kind: 'auth', outcome: 'rejected' } as const;
const quota = { transient: false, kind: 'quota', outcome: 'rejected' } as const;
const server = { transient: false, kind: 'server', outcome: 'rejected' } as const;

/**
 * What the SQLSTATEs of PostgreSQL mean for a unit of work; the whole code first, then its class of two characters.
 *
 * The conditions are those of PostgreSQL 18, Appendix A; what to run again follows its chapter 13.5, "Serialization
 * Failure Handling", and what was reproduced for this package.
 *
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export const postgresCodes: CodeTable = new Map<string, Omit<Verdict, 'code'>>([
  // run again: another transaction was in the way
  ['40001', conflict], // serialization_failure, also at COMMIT; CockroachDB's CR000 carries it
  ['40P01', conflict], // deadlock_detected
  ['55P03', { transient: true, kind: 'lock', outcome: 'rejected' }], // lock_not_available
  ['72000', conflict], // snapshot_too_old
  // run again on another connection: this one is gone, or led to a server that is not the primary any more
  ['57P01', lost], // admin_shutdown
  ['57P02', lost], // crash_shutdown
  ['08000', lost], // connection_exception
  ['08003', lost], // connection_does_not_exist
  ['08006', lost], // connection_failure
  ['08007', lost], // transaction_resolution_unknown
  ['40003', lost], // statement_completion_unknown
  ['25006', { transient: true, kind: 'disconnect', outcome: 'rejected' }], // read_only_sql_transaction, after a fail-over
  // run again: there was no connection, so nothing was sent
  ['08001', notConnected], // sqlclient_unable_to_establish_sqlconnection
  ['08004', notConnected], // sqlserver_rejected_establishment_of_sqlconnection
  ['57P03', notConnected], // cannot_connect_now
  ['53300', { transient: true, kind: 'rate-limit', outcome: 'not-sent' }], // too_many_connections
  // run again on a fresh connection: its prepared plans are stale
  ['26000', conflict], // invalid_sql_statement_name
  // the time was up, on the server's side: the callback is too slow, and would be again
  ['57014', timeout], // query_canceled, statement_timeout
  ['25P03', timeout], // idle_in_transaction_session_timeout
  ['25P04', timeout], // transaction_timeout
  ['57P05', timeout], // idle_session_timeout
  // final
  ['25P02', invalid], // in_failed_sql_transaction: a symptom; the first error of the unit decides
  ['08P01', invalid], // protocol_violation
  ['0A000', invalid], // feature_not_supported; a stale plan has this code too, but pg names no statement here
  ['42501', auth], // insufficient_privilege
  ['53000', quota], // insufficient_resources
  ['53100', quota], // disk_full
  ['53200', quota], // out_of_memory
  ['53400', quota], // configuration_limit_exceeded
  ['XXA00', { transient: false, kind: 'server', outcome: 'unknown' }], // CockroachDB: committed, a schema change failed
  ['21', invalid], // cardinality_violation
  ['22', invalid], // data_exception
  ['23', invalid], // integrity_constraint_violation
  ['28', auth], // invalid_authorization_specification
  ['2D', invalid], // invalid_transaction_termination
  ['3D', invalid], // invalid_catalog_name
  ['3F', invalid], // invalid_schema_name
  ['42', invalid], // syntax_error_or_access_rule_violation
  ['44', invalid], // with_check_option_violation
  ['54', invalid], // program_limit_exceeded
  ['55', invalid], // object_not_in_prerequisite_state
  ['58', server], // system_error, 58030 io_error
  ['F0', server], // config_file_error
  ['P0', invalid], // plpgsql_error, P0001 raise_exception
  ['XX', server], // internal_error, data_corrupted, index_corrupted
]);

/**
 * pg's own errors, which have no code: the only place where a text is read. The first two columns of the table are the
 * text that the message begins with and what it means.
 *
 * @see https://github.com/brianc/node-postgres (pg 8.23: client.js, connection.js; pg-pool 3.14: index.js)
 */
export const pgMessages: readonly (readonly [string, Omit<Verdict, 'code'>])[] = [
  ['Connection terminated due to connection timeout', notConnected],
  ['timeout expired', notConnected],
  ['timeout exceeded when trying to connect', { transient: true, kind: 'overload', outcome: 'not-sent' }],
  ['Connection terminated unexpectedly', lost],
  ['Connection terminated', lost],
  ['Client has encountered a connection error and is not queryable', lost],
  ['Client was closed and is not queryable', lost],
  ['Query read timeout', lost],
  ['the connection has ended', lost],
  ['the connection has been closed', lost],
];
