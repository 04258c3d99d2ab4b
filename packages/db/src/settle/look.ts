import type { Ask } from './ask.ts';
import type { Seen, TransactionStatus } from './conclude.ts';
import type { Question } from './question.ts';
import { identityOf, type ServerAbilities, type ServerIdentity } from './server.ts';

const STATUS = `select coalesce(pg_xact_status($1::xid8), 'gone') as status,
  current_setting('synchronous_standby_names') <> '' as replicated`;

/** Never by the number as text: it has 64 bits, `backend_xid` 32. What waits for a standby would be committed by this. */
const TERMINATE = `select pg_terminate_backend(pid) as done from pg_stat_activity
  where pid = $1 and backend_xid = $2::xid8::xid and wait_event is distinct from 'SyncRep'`;

/** invalid_parameter_value: the number has not been given out yet. */
const IN_THE_FUTURE = '22023';

async function statusOf(
  ask: Ask,
  xid: string,
): Promise<{ readonly status: TransactionStatus; readonly replicated: boolean }> {
  try {
    const [row] = await ask(STATUS, [xid]);
    return { status: row?.status as TransactionStatus, replicated: String(row?.replicated) === 'true' };
  } catch (error) {
    if ((error as { code?: unknown }).code !== IN_THE_FUTURE) throw error;
    return { status: 'future', replicated: false };
  }
}

/** A server that numbers no transaction; of such a one nothing can be told from others. */
const NAMELESS: ServerIdentity = {
  fingerprint: '',
  system: undefined,
  timeline: undefined,
  standby: false,
  pid: undefined,
};

/** Looks once. The server is asked for its name last: if it crashes in between, it is not the unit's any more. */
export async function look(
  ask: Ask,
  { xid }: Question,
  abilities: ServerAbilities,
): Promise<Omit<Seen, 'terminated'>> {
  if (xid === undefined) return { server: NAMELESS, status: undefined, replicated: false };
  const before = await identityOf(ask, abilities);
  if (before.standby) return { server: before, status: undefined, replicated: false };
  const found = await statusOf(ask, xid);
  return { ...found, server: await identityOf(ask, abilities) };
}

/** Ends the session of a unit that still runs; answers whether there was one to end. */
export async function terminate(ask: Ask, { xid, pid }: Question): Promise<boolean> {
  return (await ask(TERMINATE, [pid, xid])).length > 0;
}
