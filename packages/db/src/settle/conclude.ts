import type { Question, Settled } from './question.ts';
import type { ServerIdentity } from './server.ts';

/** What `pg_xact_status` says of a transaction; `future` for a number not given out yet, `gone` for one too old. */
export type TransactionStatus = 'committed' | 'aborted' | 'in progress' | 'future' | 'gone';

/** What another connection has seen. */
export interface Seen {
  readonly server: ServerIdentity;
  /** `undefined` where transactions have no number. */
  readonly status: TransactionStatus | undefined;
  /** The server is to wait for a standby at COMMIT. */
  readonly replicated: boolean;
  /** We have ended the unit's session. */
  readonly terminated: boolean;
}

/** What follows: `elsewhere`, this server cannot know; `terminate`, it still runs, and nobody waits for it any more. */
export type Conclusion = Settled | 'elsewhere' | 'terminate' | 'wait';

/** A primary of the unit's own cluster, and not one that was left behind by a promotion. */
function isItsCluster(asked: ServerIdentity | undefined, seen: ServerIdentity): boolean {
  return (
    asked?.system !== undefined &&
    asked.system === seen.system &&
    asked.timeline !== undefined &&
    seen.timeline !== undefined &&
    seen.timeline >= asked.timeline
  );
}

/** Draws the conclusion from one look; which words of a server can be trusted depends on which server says them. */
export function conclude(question: Question, seen: Seen): Conclusion {
  const { server, status, replicated, terminated } = seen;
  if (server.standby) return 'elsewhere';
  const same = question.fingerprint !== undefined && question.fingerprint === server.fingerprint;
  if (!same && !isItsCluster(question.server, server)) {
    // with no number there is no fingerprint either: nothing says that it is another one
    return question.fingerprint === undefined ? 'unknown' : 'elsewhere';
  }
  if (status === 'aborted' || status === 'future') return 'rolled-back';
  if (status === 'in progress') return same ? 'terminate' : 'wait';
  if (status !== 'committed' || !same) return 'unknown'; // a crash can give the number to a stranger
  return terminated && replicated ? 'unknown' : 'committed';
}
