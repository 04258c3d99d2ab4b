import { hash } from 'node:crypto';

/** How many bytes of a damaged row are handed on at most. */
const MAX_RAW_BYTES = 16_384;

/** Why a stored session was given up as a whole: it is no JSON, or JSON but no object. */
export type QuarantineReason = 'not-json' | 'not-an-object';

/**
 * A stored session that could not be read, for the user's own `quarantine` function. The bytes may hold live
 * credentials: keep them where only few can read them, and for a short time.
 */
export interface QuarantineEntry {
  /** SHA-256 of the session's id, in base64url: the id itself would open the session. */
  readonly idHash: string;
  readonly reason: QuarantineReason;
  /** The first 16 KiB of what is stored, where it could be seen at all. */
  readonly raw: Uint8Array | undefined;
  /** How many bytes are stored in all; `undefined` where they could not be seen. */
  readonly rawBytes: number | undefined;
}

/** Takes a damaged session; what it throws or rejects with changes nothing. None by default. */
export type Quarantine = (entry: QuarantineEntry) => void | PromiseLike<void>;

/** Makes an entry; text is cut at 16 KiB of its UTF-8. */
export function quarantineEntry(
  id: string,
  reason: QuarantineReason,
  raw?: string | Uint8Array | null,
): QuarantineEntry {
  const bytes = typeof raw === 'string' ? Buffer.from(raw) : (raw ?? undefined);
  return {
    idHash: hash('sha256', id, 'base64url'),
    reason,
    raw: bytes && Uint8Array.from(bytes.subarray(0, MAX_RAW_BYTES)),
    rawBytes: bytes?.byteLength,
  };
}

/** Hands an entry to the user's function, which may throw, reject or hang without changing anything. */
export function handOver(quarantine: Quarantine, entry: QuarantineEntry, failed: () => void): void {
  try {
    Promise.resolve(quarantine(entry)).catch(failed);
  } catch {
    failed();
  }
}
