import type { StopReason } from '@resilient/core';

/** What a message is made of. */
export interface Story {
  /** The dependency's name. */
  readonly name: string;
  readonly stopReason: StopReason;
  /** Attempts made. */
  readonly attempts: number;
  readonly timeoutMs: number;
  /** What a refusal of ours has to add. */
  readonly detail: string | undefined;
  /** The last failure, masked. */
  readonly last: string | undefined;
  /** Whether the last failure was a timeout. */
  readonly wasTimeout: boolean;
}

const SENTENCES: Record<StopReason, (story: Story) => string> = {
  aborted: () => 'the caller gave up',
  closed: () => 'the client is closed',
  'circuit-open': () => 'the circuit is open',
  saturated: () => 'every slot is taken',
  budget: () => 'the retry budget is empty',
  deadline: ({ timeoutMs }) => `timed out: there were ${timeoutMs} ms in all`,
  'unknown-outcome': () =>
    'it may have taken effect, so it was not repeated; say `idempotent: true` if repeating is harmless, ' +
    'or read `idempotencyKey` from the context and send it',
  'retry-after-too-long': () => 'the other side asks to wait for longer than there is time',
  attempts: ({ wasTimeout }) => (wasTimeout ? 'timed out, and no attempt is left' : 'no attempt is left'),
  permanent: () => 'the failure is not worth repeating',
};

/** One sentence on why a call failed, without anything of its request. */
export function explain(story: Story): string {
  const { name, attempts, detail, last } = story;
  const count =
    attempts === 0 ? 'without an attempt' : attempts === 1 ? 'after 1 attempt' : `after ${attempts} attempts`;
  const why = SENTENCES[story.stopReason](story);
  return `${name} failed ${count}: ${why}${detail ? `; ${detail}` : ''}${last ? ` (last failure: ${last})` : ''}`;
}
