import { enclosingScope, endOf, runAttempts } from '@resilient/core';
import type { CurrentUnit } from './current-unit.ts';
import type { Gate } from './gate.ts';
import { NestedUnit } from './nested-unit.ts';
import type { CommitSettings } from './options.ts';
import { planOf } from './plan.ts';
import type { UnitScope } from './unit-context.ts';
import { UnitRuleError } from './unit-rule-error.ts';

/**
 * Joins the unit that the caller runs in: a savepoint, `work`, and the release of it, when its turn has come.
 *
 * @throws CommitError (rejects) if it was rolled back to its savepoint; UnitRuleError if it may not join; the outer
 *   unit's failure if that one cannot go on
 */
export async function joinUnit<T>(
  outer: CurrentUnit,
  given: CommitSettings,
  start: (gate: Gate, scope: UnitScope) => T | PromiseLike<T>,
): Promise<T> {
  const { gate } = outer;
  checkJoin(outer, given);
  if (gate && given.readOnly && !outer.settings.readOnly && !gate.transaction.restrict) {
    throw new UnitRuleError(
      'a unit of work with `readOnly: true` was begun inside one that writes: on this dialect nothing would keep it from writing',
    );
  }
  if (!gate) {
    const error = new UnitRuleError(
      'a unit of work was begun inside one whose `work` is synchronous: it could not be awaited',
    );
    outer.fail?.(error);
    throw error;
  }
  const settings = settingsWithin(outer.settings, given);
  const { clock } = settings;
  const startedAt = clock.now();
  const deadline = Math.min(startedAt + settings.timeoutMs, outer.deadline, endOf(enclosingScope(), clock));
  const call = { outer, gate, start, settings, deadline };
  const result = await gate.nest(`nested ${settings.name}`, (inner) => new NestedUnit<T>(call, inner).run());
  if ('value' in result) return result.value;
  return runAttempts(planOf(settings, deadline), () => Promise.reject(result.failure), startedAt);
}

/** A nested unit is run again only with the outer one, by the rules of both. */
function settingsWithin(outer: CommitSettings, given: CommitSettings): CommitSettings {
  return {
    ...given,
    readOnly: outer.readOnly || given.readOnly,
    maxRetries: 0,
    clock: outer.clock,
    retryOn: new Set([...outer.retryOn, ...given.retryOn]),
    classify: given.classify ?? outer.classify,
  };
}

function checkJoin(outer: CurrentUnit, { nesting, isolation, readOnly }: CommitSettings): void {
  const { settings } = outer;
  if (nesting === 'forbid') {
    throw new UnitRuleError(
      "a unit of work with `nesting: 'forbid'` was begun inside another one on the same database: use the transaction that `work` is given, or `outsideUnit`",
    );
  }
  if (isolation !== undefined && isolation !== settings.isolation) {
    throw new UnitRuleError(
      `a nested unit of work asked for isolation '${isolation}' inside one with ${settings.isolation ? `'${settings.isolation}'` : "the server's default"}: it shares the transaction`,
    );
  }
  if (settings.readOnly && !readOnly) {
    throw new UnitRuleError(
      'a unit of work that may write was begun inside one with `readOnly: true`: say `readOnly: true` there too, or leave it with `outsideUnit`',
    );
  }
}
