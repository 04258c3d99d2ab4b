import type { CompiledKey } from '../shape/compiled-shape.ts';
import { VERSION_KEY } from '../shape/reserved-names.ts';
import { isFresh } from '../version/is-fresh.ts';
import { migrate } from '../version/migrate.ts';
import { storedVersion } from '../version/stored-version.ts';
import { applyRules, type Healing } from './apply-rules.ts';
import { change } from './change.ts';

const always = (_key: CompiledKey): boolean => true;

/** Brings a session to the version of its shape: at once if it is fresh, by migrations otherwise. */
function bringUp(session: object, from: number, { rules, repairs }: Healing): void {
  if (isFresh(session)) change(session, VERSION_KEY, rules.version);
  else migrate(session, from, rules, repairs);
}

/**
 * Heals a session in place: first by its migrations if it is older than its shape, then by the rules. One that is newer
 * is healed for the request only: another release knows what this one does not understand.
 */
export function healSession(healing: Healing): void {
  const { session, rules } = healing;
  const version = storedVersion(session);
  if (version < rules.version) bringUp(session, version, healing);
  applyRules(version > rules.version ? { ...healing, forRequestOnly: always } : healing);
}
