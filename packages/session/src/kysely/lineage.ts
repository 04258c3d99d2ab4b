import { lineageOf } from '../store/lineage.ts';
import type { SessionRow } from './table.ts';

/** What the store knows of a session that it handed out or wrote. */
export interface Lineage {
  /** The hash of the id that it was read under: `regenerate` may move an object to another one. */
  readonly key: string;
  /** The revision of the row then. */
  readonly rev: number;
  /** Its text then. */
  readonly stored: string;
  /** What the request had in its hands: another text than `stored` once two writes were brought together. */
  readonly seen: string;
  readonly expiresAt: number;
}

/** Answers where a session comes from, if it was read or written here under this id. */
export function lineageUnder(key: string, session: object): Lineage | undefined {
  const lineage = lineageOf(session) as Lineage | undefined;
  return lineage?.key === key ? lineage : undefined;
}

/** Where a session begins that is made of this row. */
export function lineageOfRow({ id, rev, data, expires_at }: SessionRow): Lineage {
  return { key: id, rev, stored: data, seen: data, expiresAt: Number(expires_at) };
}
