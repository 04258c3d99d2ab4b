import { rowOf } from '../save/row-of.ts';
import type { CompiledShape } from '../shape/compiled-shape.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import { passLineage } from '../store/lineage.ts';
import type { KoaContext } from './exchange.ts';

/** What koa-session and its model keep in a session: a row must not put it out of work. */
export const HOST_METHODS: readonly string[] = [
  'commit',
  'externalKey',
  'inspect',
  'isNew',
  'length',
  'manuallyCommit',
  'maxAge',
  'populated',
  'regenerate',
  'save',
  'toJSON',
  '_requireSave',
];

/** Ten years, in milliseconds: what lasts longer is damage. */
const MAX_AGE_MS = 315_360_000_000;

/** A store whose rows koa-session can take: its own notes in them are read only where they are well-formed. */
export function checkNotes(row: Record<string, unknown>): void {
  const { _maxAge, _expire, _session } = row;
  if ('_maxAge' in row && !(typeof _maxAge === 'number' && _maxAge > 0 && _maxAge <= MAX_AGE_MS))
    delete row._maxAge;
  if ('_expire' in row && !Number.isFinite(_expire)) delete row._expire;
  if ('_session' in row && _session !== true) delete row._session;
}

/** What koa-session leaves out of what it saves: keys that begin with `_`, and what is only shown in the session. */
export function complete(
  data: object,
  ctx: KoaContext | undefined,
  rules: CompiledShape,
  key: string,
): object {
  const session = ctx?.session;
  if (typeof session !== 'object' || session === null) return data;
  passLineage(session, data);
  const row = data as Record<string, unknown>;
  const whole = rowOf(session, { ...rules, seal: undefined }, key) as Record<string, unknown>;
  for (const name of Object.keys(whole)) {
    const isNote = name.startsWith('_') && name !== VERSION_KEY;
    if (name === 'isNew' || isNote || Object.hasOwn(row, name)) continue;
    row[name] = whole[name];
  }
  return row;
}
