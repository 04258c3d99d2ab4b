import type { IncomingMessage, ServerResponse } from 'node:http';
import { checkKnown, checkType, refuse } from '@resilient/core';
import { publishRepairs } from '../heal/publish-repairs.ts';
import { rowOf } from '../save/row-of.ts';
import type { SessionData, SessionKeys, SessionShape } from '../shape/types.ts';
import { type CareOptions, SessionCare } from '../store/session-care.ts';
import { type Cookies, cookiesOf, getIronSession, type SessionOptions, unread } from './host.ts';

/** A session of iron-session with the keys of a shape. */
export type HealedIronSession<K extends SessionKeys> = SessionData<K> & {
  /** Seals the session into its cookie. */
  readonly save: () => Promise<void>;
  /** Empties the session and removes its cookie. */
  readonly destroy: () => void;
  /** Changes the options of iron-session. */
  readonly updateConfig: (options: SessionOptions) => void;
};

/** What {@link healIronSession} takes last. */
export type HealIronOptions = CareOptions;

type Inner = Record<string, unknown> & {
  save(): Promise<void>;
  destroy(): void;
  updateConfig(options: SessionOptions): void;
};

const METHODS: readonly string[] = ['save', 'destroy', 'updateConfig'];

const clear = (session: object): void => {
  for (const key of Object.keys(session)) Reflect.deleteProperty(session, key);
};

function put(session: object, key: string, value: unknown): void {
  Object.defineProperty(session, key, { value, writable: true, enumerable: true, configurable: true });
}

/** Reads the session; one whose payload is no object is an empty one. */
async function read(cookies: Cookies, options: SessionOptions, reset: () => void): Promise<Inner> {
  try {
    const session = (await getIronSession(cookies, options)) as Inner;
    if (!Array.isArray(session)) return session;
  } catch {
    // A payload that is a text or a number throws in iron-session; wrong options throw once more below.
  }
  const session = (await getIronSession(unread(cookies), options)) as Inner;
  reset();
  return session;
}

async function heal(cookies: Cookies, options: SessionOptions, care: SessionCare): Promise<object> {
  const reset = (): void =>
    publishRepairs([{ key: '', kind: 'session', action: 'reset', found: 'not an object' }]);
  const inner = await read(cookies, options, reset);
  const session: object = {};
  for (const key of Object.keys(inner)) if (!METHODS.includes(key)) put(session, key, inner[key]);
  const rules = { ...care.rules, seal: undefined };
  const before = JSON.stringify(session);
  const save = async (): Promise<void> => {
    const showAgain = care.ready(session);
    const row = rowOf(session, rules, '') as Record<string, unknown>;
    clear(inner);
    for (const key of Object.keys(row)) put(inner, key, row[key]);
    for (const name of METHODS) Object.defineProperty(inner, name, { enumerable: false });
    showAgain();
    await inner.save();
  };
  const methods = {
    save,
    destroy: (): void => {
      clear(session);
      clear(inner);
      inner.destroy();
    },
    updateConfig: (changed: SessionOptions): void => inner.updateConfig(changed),
  };
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(session, name, { value });
  if (before === '{}') {
    care.show(session);
    return session;
  }
  const { needsRestore } = care.heal(session);
  if (needsRestore) await care.restore(session);
  // A repair is stored once; where cookies cannot be written (a page of Next.js) the next request heals again.
  if (JSON.stringify(rowOf(session, rules, '')) !== before) await save().catch(() => {});
  return session;
}

/**
 * Reads a session as `getIronSession` does and heals it: wrong keys are healed and stored once, defaults are shown in a
 * new session and stored when it is saved, authority is asked for again, and where `getIronSession` throws for what the
 * cookie holds it answers an empty session. What cannot be sealed is left out by `save`. A cookie whose seal does not
 * verify is never read.
 *
 * @throws (rejects) what iron-session throws for wrong options; TypeError for wrong options of ours
 * @example
 * ```ts
 * import type { IncomingMessage, ServerResponse } from 'node:http';
 * import { defineSession } from '@resilient/session';
 * import { healIronSession } from '@resilient/session/iron';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * async function handle(request: IncomingMessage, response: ServerResponse, password: string): Promise<void> {
 *   const session = await healIronSession(request, response, { cookieName: 'site', password }, shape);
 *   session.xp += 1;
 *   await session.save();
 * }
 * ```
 */
export async function healIronSession<K extends SessionKeys>(
  request: IncomingMessage | Request,
  response: ServerResponse | Response,
  options: SessionOptions,
  shape: SessionShape<K>,
  healing?: HealIronOptions,
): Promise<HealedIronSession<K>>;
/** Reads a session from a jar of cookies, such as `await cookies()` of Next.js, and heals it. */
export async function healIronSession<K extends SessionKeys>(
  cookies: Cookies,
  options: SessionOptions,
  shape: SessionShape<K>,
  healing?: HealIronOptions,
): Promise<HealedIronSession<K>>;
export async function healIronSession(...args: unknown[]): Promise<unknown> {
  const isShape = (value: unknown): boolean =>
    typeof (value as SessionShape | undefined)?.heal === 'function';
  const isJar = isShape(args[2]);
  if (!isJar && !isShape(args[3])) throw refuse('shape', 'made by defineSession', args[3]);
  const [options, shape, healing = {}] = args.slice(isJar ? 1 : 2) as [
    SessionOptions,
    SessionShape,
    CareOptions?,
  ];
  checkKnown('healIronSession', healing, ['name', 'logger', 'clock', 'onRepair']);
  if (healing.onRepair !== undefined) checkType('onRepair', healing.onRepair, 'function');
  const cookies = isJar
    ? (args[0] as Cookies)
    : cookiesOf(args[0] as IncomingMessage | Request, args[1] as ServerResponse | Response);
  return heal(cookies, options, new SessionCare(shape, healing));
}
