import { checkType, refuse } from '@resilient/core';
import type { CareOptions } from '../store/session-care.ts';
import type { HealingStoreOptions, SessionStore } from '../store/types.ts';
import { type FastifySessionOptions, fastifySession } from './host.ts';

/** What {@link healedSession} takes: the options of `@fastify/session`, and ours. */
export interface HealedSessionOptions
  extends Omit<FastifySessionOptions, 'store'>,
    Omit<HealingStoreOptions, 'hostMethods'>,
    Pick<CareOptions, 'onRepair'> {
  /** Any store of express-session's interface. @defaultValue memory of this process, for trying out only */
  readonly store?: SessionStore;
}

/** Methods of `@fastify/session`'s session, which a row must not put out of work. */
export const HOST_METHODS = [
  'destroy',
  'encryptedSessionId',
  'get',
  'isModified',
  'isSaved',
  'options',
  'regenerate',
  'reload',
  'save',
  'sessionId',
  'set',
  'touch',
] as readonly string[];

/** Options of the host, with what is always set. */
type HostOptions = Omit<FastifySessionOptions, 'store'> & { store: SessionStore; saveUninitialized: boolean };

const given = <T extends object>(options: T): T =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T;

/** Tells our options from the host's, which checks its own. */
export function splitOptions(options: HealedSessionOptions): {
  healing: HealingStoreOptions;
  care: CareOptions;
  host: HostOptions;
} {
  if (typeof options !== 'object' || options === null)
    throw refuse('options', 'an object with a `secret`', options);
  const { onStoreDown, storeTimeoutMs, writeTimeoutMs, quarantine, readRaw, ...rest } = options;
  const { name, logger, clock, onRepair, ...host } = rest;
  if (onRepair !== undefined) checkType('onRepair', onRepair, 'function');
  const shared = { name, logger, clock };
  const ofStore = { onStoreDown, storeTimeoutMs, writeTimeoutMs, quarantine, readRaw, ...shared };
  return {
    healing: { ...given(ofStore as HealingStoreOptions), hostMethods: HOST_METHODS },
    care: { ...shared, onRepair },
    host: {
      ...host,
      store: options.store ?? (new fastifySession.MemoryStore() as unknown as SessionStore),
      saveUninitialized: options.saveUninitialized ?? false,
    },
  };
}
