import {
  handOver,
  type Quarantine,
  type QuarantineReason,
  quarantineEntry,
} from '../quarantine/quarantine-entry.ts';

/** What a damaged row is handed to, and where its bytes come from. */
export interface DamageReport {
  readonly quarantine: Quarantine | undefined;
  readonly readRaw: ((sessionId: string) => unknown) | undefined;
  /** Called if the user's function fails, without its error. */
  readonly failed: () => void;
}

/**
 * Hands a session that could not be read to the user's function, with its bytes where these can be seen. They are asked
 * for at once, before anything overwrites them; the request does not wait. Never throws.
 */
export async function reportDamage(
  id: string,
  reason: QuarantineReason,
  report: DamageReport,
): Promise<void> {
  const { quarantine, readRaw, failed } = report;
  if (quarantine === undefined) return;
  let raw: string | Uint8Array | undefined;
  try {
    const found = await readRaw?.(id);
    if (typeof found === 'string' || found instanceof Uint8Array) raw = found;
  } catch {
    // the entry goes without its bytes
  }
  handOver(quarantine, quarantineEntry(id, reason, raw), failed);
}
