import type { AlertNotice } from './notice.ts';

/** What a sink is given beside the notice. */
export interface SinkContext {
  /** Aborted after 3 s, and when the monitor is closed. */
  readonly signal: AbortSignal;
  /** Wall time in milliseconds, of the monitor's clock. */
  readonly epochNow: number;
}

/** Where alerts go: `logSink`, `webhookSink`, `sentrySink`, `emailSink`, or an object of your own. */
export interface AlertSink {
  /** How the log calls it. Never a URL: that may be a secret. */
  readonly name: string;
  /** Sends one notice. A throw or a rejection is logged and tried again for up to an hour, never alerted. */
  send(notice: AlertNotice, context: SinkContext): unknown;
  /** Called once, when the monitor is closed and everything was sent that could be. */
  close?(): unknown;
}

/** A failure that a sink has words for: no word of somebody else's gets into the log. */
export class SinkFailure extends Error {
  override readonly name = 'SinkFailure';
  /** Whether trying again cannot help. */
  readonly final: boolean;
  /** When the other side wants to be asked again, in milliseconds from now. */
  readonly retryAfterMs: number | undefined;

  constructor(
    reason: string,
    facts: { readonly final?: boolean; readonly retryAfterMs?: number | undefined } = {},
  ) {
    super(reason);
    this.final = facts.final === true;
    this.retryAfterMs = facts.retryAfterMs;
  }
}
