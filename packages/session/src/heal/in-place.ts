import { rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { type Healing, healingOf } from './healing.ts';
import { publishRepairs } from './publish-repairs.ts';
import type { Repair } from './repair.ts';
import { typeName } from './type-name.ts';

/** Runs one way of healing on an object in place and tells what was done. */
export function inPlace(session: unknown, shape: SessionShape, work: (healing: Healing) => void): Repair[] {
  const rules = rulesOf(shape);
  const repairs: Repair[] = [];
  if (session === undefined || session === null) return repairs; // no session, nothing to heal
  if (typeof session !== 'object' || typeName(session) !== 'object') {
    throw new TypeError(
      `expected \`session\` to be an object, got a value of type ${typeName(session)}: use shape.heal`,
    );
  }
  work(healingOf(session, rules, repairs));
  publishRepairs(repairs);
  return repairs;
}
