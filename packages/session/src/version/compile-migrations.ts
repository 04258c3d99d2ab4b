import { checkType, refuse } from '@resilient/core';
import type { CompiledMigration } from '../shape/compiled-shape.ts';

/**
 * Checks the migrations of a definition.
 *
 * @throws TypeError or RangeError naming the option, what was expected and what came
 */
export function compileMigrations(given: unknown, version: number): ReadonlyMap<number, CompiledMigration> {
  if (given === undefined) return new Map();
  const migrations = checkType('migrations', given, 'object');
  return new Map(
    Object.entries(migrations).map(([name, step]) => {
      const to = Number(name);
      if (!Number.isInteger(to) || to < 2 || to > version) {
        throw refuse('migrations', `an object with versions from 2 to ${version} as its keys`, name);
      }
      return [to, checkType(`migrations.${to}`, step, 'function') as CompiledMigration];
    }),
  );
}
