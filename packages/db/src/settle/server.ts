import type { Ask } from './ask.ts';

/** What a server and the role that asks allow; the same for all connections of a pool. */
export interface ServerAbilities {
  /** As in `server_version_num`; 0 where nothing is known. */
  readonly version: number;
  /** `true` if transactions have a number, and somebody may ask what became of it. */
  readonly numbered: boolean;
  /** `true` if the role may read which cluster this is. */
  readonly identified: boolean;
}

/** Which server answers, and in which of its lives. */
export interface ServerIdentity {
  /** Changes with every start of the server and with every recovery from a crash. */
  readonly fingerprint: string;
  /** The same for a cluster and its physical copies; `undefined` where the role may not read it. */
  readonly system: string | undefined;
  /** Grows with every promotion; `undefined` on a standby. */
  readonly timeline: number | undefined;
  readonly standby: boolean;
  /** The process that answered. */
  readonly pid: number | undefined;
}

/** A server of which nothing is known: only a witness can settle there. */
export const NO_ABILITIES: ServerAbilities = Object.freeze({
  version: 0,
  numbered: false,
  identified: false,
});

/** The second time changes with crash recovery, which leaves the first one alone. */
function fingerprintSql(version: number): string {
  const reset = version >= 170_000 ? 'checkpointer' : 'bgwriter';
  return `extract(epoch from pg_postmaster_start_time()), extract(epoch from pg_stat_get_${reset}_stat_reset_time())`;
}

/** The number of the transaction: what a first trip asks for. */
export const XID: string = 'pg_current_xact_id()';

/** The same for a unit that is about to COMMIT, of which NULL says that it has written nothing. */
export const XID_IF_ANY: string = 'pg_current_xact_id_if_assigned()';

/** What it asks for as well where another server may stand behind the connection each time: process and fingerprint. */
export function identitySql(version: number): string {
  return `pg_backend_pid(), ${fingerprintSql(version)}`;
}

/** The two times as one text. */
export function fingerprintOf(started: string | null | undefined, reset: string | null | undefined): string {
  return `${started ?? ''}/${reset ?? ''}`;
}

/** The number of `transaction_timeout`'s first version. */
export const HAS_TRANSACTION_TIMEOUT = 170_000;

const ABILITIES = `select current_setting('server_version_num') as version,
  coalesce(has_function_privilege(to_regprocedure('pg_current_xact_id()'), 'execute')
    and has_function_privilege(to_regprocedure('pg_current_xact_id_if_assigned()'), 'execute')
    and has_function_privilege(to_regprocedure('pg_xact_status(xid8)'), 'execute'), false)::text as numbered,
  coalesce(has_function_privilege(to_regprocedure('pg_control_system()'), 'execute'), false)::text as identified`;

/** Finds out what server and role allow. @throws the driver's error (rejects) if the connection is lost */
export async function abilitiesOf(ask: Ask): Promise<ServerAbilities> {
  const [row] = await ask(ABILITIES, []);
  return {
    version: Number(row?.version ?? 0),
    numbered: row?.numbered === 'true',
    identified: row?.identified === 'true',
  };
}

/** Reads which server answers. @throws the driver's error (rejects) if the connection is lost */
export async function identityOf(
  ask: Ask,
  { version, identified }: ServerAbilities,
): Promise<ServerIdentity> {
  const [started, reset] = fingerprintSql(version).split(', ');
  const [row] = await ask(
    `select (${started})::text as started, (${reset})::text as reset, pg_is_in_recovery()::text as standby,
  pg_backend_pid()::text as pid,
  ${identified ? '(select system_identifier::text from pg_control_system())' : 'null'} as system,
  case when pg_is_in_recovery() then null else substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8) end as timeline`,
    [],
  );
  return {
    fingerprint: fingerprintOf(row?.started, row?.reset),
    system: row?.system ?? undefined,
    timeline: row?.timeline ? Number.parseInt(row.timeline, 16) : undefined,
    standby: row?.standby === 'true',
    pid: row?.pid ? Number(row.pid) : undefined,
  };
}
