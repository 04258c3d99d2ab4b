import { checkType, refuse } from '@resilient/core';
import { isChanged, isPending, pendingsOf } from '../defaults/pending.ts';
import { storeAllDefaults } from '../defaults/pending-defaults.ts';
import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from '../fastify/host.ts';
import { sharedPlugin } from '../fastify/shared-plugin.ts';
import { publishRepairs } from '../heal/publish-repairs.ts';
import { rowOf } from '../save/row-of.ts';
import type { SessionShape } from '../shape/types.ts';
import { type CareOptions, SessionCare } from '../store/session-care.ts';
import { type SecureSessionPluginOptions, secureSession } from './host.ts';
import { rawOf, type SecureSession } from './raw-session.ts';

/** What {@link healedSecureSession} takes: the options of `@fastify/secure-session` for one session, and ours. */
export type HealedSecureSessionOptions = SecureSessionPluginOptions & CareOptions;

type Decode = (cookie: string | undefined, ...rest: unknown[]) => SecureSession | null;

const keysOf = (raw: object): string[] => Object.keys(raw).filter((key) => key !== '__ts');

/** What a cookie holds is met while the host decodes it: what is no session throws there, or is taken for one. */
function guardDecoding(app: FastifyInstance, name: string): void {
  const host = app as unknown as { decodeSecureSession: Decode };
  const decode = host.decodeSecureSession;
  host.decodeSecureSession = (...args) => {
    const [, , asked = name] = args;
    if (asked !== name) return decode.apply(app, args); // the host refuses the name: a mistake of the caller, no damage
    try {
      const session = decode.apply(app, args);
      if (session === null || rawOf(session) !== undefined) return session;
    } catch {
      // its message quotes what the cookie holds
    }
    publishRepairs([{ key: '', kind: 'session', action: 'reset', found: 'not an object' }]);
    return null;
  };
}

/** One session of each request, by the name of its property. */
class SecureSessions {
  readonly #care: SessionCare;
  readonly #name: string;
  readonly #hosts = new WeakMap<FastifyRequest, SecureSession>();

  constructor(care: SessionCare, name: string) {
    this.#care = care;
    this.#name = name;
  }

  async receive(request: FastifyRequest): Promise<void> {
    const session = Reflect.get(request, this.#name) as SecureSession;
    const raw = rawOf(session);
    if (raw === undefined) return;
    this.#hosts.set(request, session);
    this.#watchRegenerate(session, raw);
    if (keysOf(raw).length === 0) {
      this.#care.show(raw);
      return;
    }
    const before = JSON.stringify(raw);
    const { needsRestore } = this.#care.heal(raw);
    if (needsRestore) await this.#care.restore(raw, request.signal);
    const row = rowOf(raw, { ...this.#care.rules, seal: undefined }, ''); // without what is only shown
    if (typeof raw.__ts !== 'number' || JSON.stringify(row) !== before) session.touch();
  }

  /** `regenerate` empties the session, and the defaults with it. */
  #watchRegenerate(session: SecureSession, raw: Record<string, unknown>): void {
    const { regenerate } = session;
    const value = (...kept: unknown[]): void => {
      Reflect.apply(regenerate, session, kept);
      for (const name of this.#care.rules.names) if (isPending(raw, name)) Reflect.deleteProperty(raw, name);
      this.#care.show(raw);
    };
    Object.defineProperty(session, 'regenerate', { value, configurable: true });
  }

  ready(request: FastifyRequest): void {
    const session = this.#hosts.get(request);
    const raw = rawOf(session);
    if (session === undefined || raw === undefined) return;
    this.#putBack(request, session, raw);
    const isNewlyChanged = [...pendingsOf(raw).values()].some(isChanged);
    this.#care.ready(raw);
    if (isNewlyChanged) session.touch();
    if (session.changed && !session.deleted) storeAllDefaults(raw);
  }

  /** `request.session = {...}`: the host would not save it; its own session takes over what the new one holds. */
  #putBack(request: FastifyRequest, session: SecureSession, raw: Record<string, unknown>): void {
    const assigned: unknown = Reflect.get(request, this.#name);
    if (assigned === session || rawOf(assigned) !== undefined) return;
    Reflect.set(request, this.#name, session);
    if (typeof assigned !== 'object' || assigned === null) return;
    for (const key of keysOf(raw)) delete raw[key];
    for (const key of keysOf(assigned)) if (key !== '__proto__') raw[key] = Reflect.get(assigned, key);
    session.touch();
  }
}

/**
 * Makes a fastify plugin that registers `@fastify/secure-session` so that what its cookie holds never breaks a request:
 * what is no object becomes an empty session, keys are healed before the handler, defaults shown to anonymous visitors
 * without a cookie, authority asked for again, and what cannot be sealed taken out. One session an application: the
 * host's list of several is not taken.
 *
 * @throws TypeError naming the option, what was expected and what came
 * @example
 * ```ts
 * import { defineSession } from '@resilient/session';
 * import { healedSecureSession } from '@resilient/session/secure-session';
 * import fastify from 'fastify';
 * import { z } from 'zod';
 *
 * const shape = defineSession({ keys: { xp: { kind: 'preference', schema: z.number(), default: 0 } } });
 * const app = fastify();
 * const use = (key: Buffer) => app.register(healedSecureSession(shape, { key }));
 * ```
 */
export function healedSecureSession(
  shape: SessionShape,
  options: HealedSecureSessionOptions,
): FastifyPluginAsync {
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw refuse('options', 'an object with a `key` or a `secret`', options);
  const { name, logger, clock, onRepair, ...host } = options;
  if (onRepair !== undefined) checkType('onRepair', onRepair, 'function');
  const care = new SessionCare(shape, { name, logger, clock, onRepair });
  const sessionName = host.sessionName || 'session'; // as the host chooses it
  const sessions = new SecureSessions(care, sessionName);
  return sharedPlugin('@resilient/session/secure-session', async (app) => {
    app.addHook('onSend', (request, _reply, payload, done) => {
      sessions.ready(request);
      done(null, payload);
    });
    await app.register(secureSession, host as SecureSessionPluginOptions);
    guardDecoding(app, sessionName);
    app.addHook('onRequest', (request) => sessions.receive(request));
  });
}
