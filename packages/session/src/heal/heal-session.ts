import type { CompiledShape } from '../shape/compiled-shape.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import { isFresh } from '../version/is-fresh.ts';
import { migrate } from '../version/migrate.ts';
import { storedVersion } from '../version/stored-version.ts';
import { applyRules } from './apply-rules.ts';
import { change } from './change.ts';
import type { Healing } from './healing.ts';
import { inspect } from './inspect.ts';
import { removeDangerousNames } from './remove-dangerous-names.ts';
import type { Repair } from './repair.ts';

/** Brings a session to the version of its shape: at once if it is fresh, by migrations otherwise. */
function bringUp(session: object, from: number, rules: CompiledShape, repairs: Repair[]): void {
  if (isFresh(session)) change(session, VERSION_KEY, rules.version);
  else migrate(session, from, rules, repairs);
}

/**
 * Heals a session in place: first by its migrations if it is older than its shape, then by the rules. One that is newer
 * is healed for the request only: another release knows what this one does not understand.
 */
export function healSession(
  session: object,
  rules: CompiledShape,
  repairs: Repair[],
  id?: string,
  known?: Healing['known'],
): void {
  let isNewer = false;
  let found = inspect(session, rules);
  if (found.isClean && known === undefined) return; // nothing has been made for a session that is healthy
  if (!found.isCurrent) {
    const version = storedVersion(session);
    removeDangerousNames(session, repairs);
    if (version < rules.version) bringUp(session, version, rules, repairs);
    isNewer = version > rules.version;
    found = inspect(session, rules, true);
    if (found.isClean && known === undefined) return;
  }
  if (found.hasDangerous) removeDangerousNames(session, repairs);
  applyRules({ session, rules, repairs, known, id, isNewer, wrong: found.wrong, removed: [] });
}
