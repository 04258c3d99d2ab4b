import { SessionStoreError } from '../errors/session-store-error.ts';
import type { SessionCare } from './session-care.ts';

type Callback = (error?: unknown) => void;

/** What the host's methods do while the store is down: fail, each in the way it was called. */
function unreachable(...args: unknown[]): Promise<never> | undefined {
  const error = new SessionStoreError('set');
  const callback = args.at(-1);
  if (typeof callback !== 'function') return Promise.reject(error);
  (callback as Callback)(error);
  return undefined;
}

const methods: Record<string, unknown> = {
  destroy: unreachable,
  regenerate: unreachable,
  reload: unreachable,
  save: unreachable,
  touch: () => {},
  options: () => {},
  isModified: () => false,
  isSaved: () => false,
  get(this: Record<string, unknown>, key: string): unknown {
    return this[key];
  },
  set(this: Record<string, unknown>, key: string, value: unknown): void {
    this[key] = value;
  },
};

/** A session that the host does not know: it shows the defaults, is never stored and sets no cookie. */
export function detachedSession(care: SessionCare): object {
  const session = Object.create(methods) as object;
  care.show(session);
  return session;
}
