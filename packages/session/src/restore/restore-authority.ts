import {
  type Clock,
  checkKnown,
  checkSignal,
  type Logger,
  loggerOf,
  systemClock,
  withTimeout,
} from '@resilient/core';
import { pendingAt, show } from '../defaults/pending.ts';
import { change } from '../heal/change.ts';
import { publishRepairs } from '../heal/publish-repairs.ts';
import type { Repair } from '../heal/repair.ts';
import { noteRepairs } from '../repeat/note-repairs.ts';
import { type CompiledKey, type CompiledShape, rulesOf } from '../shape/compiled-shape.ts';
import type { SessionShape } from '../shape/types.ts';
import { canonicalText } from '../text/canonical-text.ts';
import { storedVersion } from '../version/stored-version.ts';
import { askRestore, RESTORE_TIMEOUT_MS } from './ask-restore.ts';
import { loadedFrom } from './loaded-sessions.ts';
import { intactIdentity, missingAuthority } from './missing-authority.ts';

/** What {@link restoreAuthority} takes beside a session and its shape. */
export interface RestoreOptions {
  /** Gives up waiting; the session goes on without what was not restored. */
  readonly signal?: AbortSignal | undefined;
  /** @defaultValue the system's */
  readonly clock?: Clock | undefined;
  /** Is told of a `restore` that fails. @defaultValue the shared logger of `@resilient/core` */
  readonly logger?: Logger | undefined;
}

/** Puts an answer into a session, or shows it only, where the key is another release's or its writer repeats itself. */
function put(session: object, key: CompiledKey, answer: unknown, rules: CompiledShape): void {
  const value: unknown = structuredClone(answer);
  const pending = pendingAt(session, key.name);
  const from = loadedFrom(session);
  const isQuiet = from !== undefined && rules.repeats.isQuiet(from.id, key.name);
  if (isQuiet || pending?.until === 'never' || storedVersion(session) > rules.version) {
    show(session, key.name, {
      make: () => value,
      until: 'never',
      original: pending?.original,
      restored: true,
    });
  } else change(session, key.name, value);
}

/** {@link RestoreOptions}, checked. */
interface Limits {
  readonly signal: AbortSignal | undefined;
  readonly clock: Clock;
  readonly logger: Logger;
}

async function restoreKeys(
  session: object,
  rules: CompiledShape,
  keys: readonly CompiledKey[],
  { signal, clock, logger }: Limits,
): Promise<Repair[]> {
  const identity = intactIdentity(session, rules);
  if (identity === undefined) return [];
  const who = canonicalText(identity);
  const limits = { timeoutMs: RESTORE_TIMEOUT_MS, clock, ...(signal && { signal }) };
  const answers = await Promise.all(
    keys.map((key) =>
      withTimeout(() => askRestore(key, identity, clock, logger), limits).catch(() => undefined),
    ),
  );
  // Meanwhile its user may have logged out, or in as somebody else.
  if (canonicalText(intactIdentity(session, rules)) !== who) return [];
  const still = new Set(missingAuthority(session, rules));
  const repairs: Repair[] = [];
  keys.forEach((key, index) => {
    if (answers[index] === undefined || !still.has(key)) return;
    put(session, key, answers[index], rules);
    repairs.push({ key: key.name, kind: key.kind, action: 'restored', found: 'missing' });
  });
  return repairs;
}

/**
 * Asks the `restore` of each authority that is gone beside an intact identity, and puts its answer into the session. It
 * is given a copy of the identity and nothing else, one call at a time for one identity, and 1 s at most; an answer has
 * to pass the schema unchanged. If it throws, is late or is wrong, the key stays absent, and the next request asks
 * again. Adapters call it after healing and before the handler. Never rejects for what a session, a `restore` or the
 * signal does.
 *
 * @throws TypeError (rejects) if `shape` is not a shape or an option is wrong
 * @example
 * ```ts
 * import { defineSession, fixCorruptedSession, restoreAuthority } from '@resilient/session';
 * import { z } from 'zod';
 *
 * const shape = defineSession({
 *   keys: {
 *     userId: { kind: 'identity', schema: z.string() },
 *     role: { kind: 'authority', schema: z.enum(['student', 'teacher']), restore: () => 'student' },
 *   },
 * });
 * const session = { userId: 'u1', role: 'root' };
 * fixCorruptedSession(session, shape); // session is { userId: 'u1' }
 * await restoreAuthority(session, shape); // session is { userId: 'u1', role: 'student' }
 * ```
 */
export async function restoreAuthority(
  session: object | null | undefined,
  shape: SessionShape,
  options: RestoreOptions = {},
): Promise<Repair[]> {
  const rules = rulesOf(shape);
  checkKnown('restoreAuthority', options, ['signal', 'clock', 'logger']);
  if (options.signal !== undefined) checkSignal('signal', options.signal);
  const { signal, clock = systemClock } = options;
  const logger = loggerOf(options.logger);
  if (typeof session !== 'object' || session === null || rules.restorable.length === 0) return [];
  try {
    const keys = missingAuthority(session, rules);
    if (keys.length === 0) return [];
    const repairs = await restoreKeys(session, rules, keys, { signal, clock, logger });
    const from = loadedFrom(session);
    publishRepairs(repairs, from?.name);
    if (from !== undefined && storedVersion(session) <= rules.version) {
      const counted = repairs.filter(({ key }) => !from.counted.has(key));
      noteRepairs(counted, rules, from.id, clock.now(), from.name);
    }
    return repairs;
  } catch {
    return []; // a session that cannot be read or changed: it goes on with the least
  }
}
