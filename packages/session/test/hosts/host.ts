import type { Logger } from '@resilient/core';
import type { HealingStoreOptions, Repair, SessionShape, SessionStore } from '@resilient/session';

/** What a site of any host is started with. */
export interface SiteOptions {
  readonly onStoreDown?: 'fail' | 'anonymous';
  readonly quarantine?: NonNullable<HealingStoreOptions['quarantine']>;
  readonly rolling?: boolean;
  /** Without anything of ours, for comparison. */
  readonly bare?: boolean;
  readonly storeTimeoutMs?: number;
  readonly logger?: Logger;
  readonly onRepair?: (repair: Repair) => void;
}

/** A site that listens. */
export interface Site {
  readonly url: string;
  close(): Promise<void>;
}

/** A framework with a session library, and our adapter between. */
export interface Host {
  readonly name: string;
  /** Where sessions are: rows of a store, or all of it in the cookie. */
  readonly keeps: 'rows' | 'cookie';
  /** The cookie of the session. */
  readonly cookie: string;
  /** What its `Set-Cookie` has to look like after name and value, in any order, in lower case. */
  readonly attributes: readonly string[];
  /** What a host cannot do, whatever is wrapped around it. */
  readonly cannot: readonly (
    | 'give a new id'
    | 'show defaults without a row'
    | 'wait for a write'
    | 'read without a cookie'
  )[];
  start(shape: SessionShape, store: SessionStore, options: SiteOptions): Promise<Site>;
  /** A cookie that holds this text, sealed as the host would. */
  forge?(text: string): Promise<string> | string;
}

/** What the pages of the site do with a session, whatever the host. */
export interface Handling {
  readonly session: Record<string, unknown> | undefined;
  readonly query: URLSearchParams;
  assign(value: unknown): void;
  /** Gives the session a new id, as far as the host knows ids. */
  regenerate(): Promise<void>;
  destroy(): Promise<void>;
  reload?(): Promise<void>;
  /** Saves, for hosts that do not save by themselves. */
  commit(): Promise<void>;
}
