import { VERSION_KEY } from '../shape/reserved-names.ts';
import { isFresh } from '../version/is-fresh.ts';
import { migrate } from '../version/migrate.ts';
import { storedVersion } from '../version/stored-version.ts';
import { applyRules } from './apply-rules.ts';
import { change } from './change.ts';
import type { Healing } from './healing.ts';
import { inspect } from './inspect.ts';
import { removeDangerousNames } from './remove-dangerous-names.ts';

/** Brings a session to the version of its shape: at once if it is fresh, by migrations otherwise. */
function bringUp(session: object, from: number, { rules, repairs }: Healing): void {
  if (isFresh(session)) change(session, VERSION_KEY, rules.version);
  else migrate(session, from, rules, repairs);
}

/** Tells whether a session is of the version of its shape, without a look at more than one property. */
function isCurrent(session: object, version: number): boolean {
  const stored = (session as Record<string, unknown>)[VERSION_KEY];
  return version === 1 ? stored === undefined : stored === version;
}

/**
 * Heals a session in place: first by its migrations if it is older than its shape, then by the rules. One that is newer
 * is healed for the request only: another release knows what this one does not understand.
 */
export function healSession(healing: Healing): void {
  const { session, rules, repairs } = healing;
  if (!isCurrent(session, rules.version)) {
    const version = storedVersion(session);
    removeDangerousNames(session, repairs);
    if (version < rules.version) bringUp(session, version, healing);
    healing.isNewer = version > rules.version;
  }
  const { isClean, hasDangerous, wrong } = inspect(session, rules);
  if (isClean && healing.known === undefined) return;
  if (hasDangerous) removeDangerousNames(session, repairs);
  healing.wrong = wrong;
  applyRules(healing);
}
