import { checkKnown, refuse } from '@resilient/core';
import { type AlertNotice, noticeLines } from './notice.ts';
import type { AlertSink } from './sink.ts';

/** A mail as a transport takes it. */
export interface AlertMail {
  readonly from: string;
  readonly to: string;
  readonly subject: string;
  /** Plain text: nothing of an error is ever HTML in a mail. */
  readonly text: string;
}

/** What is needed of a transport: nodemailer's has it. */
export interface MailTransport {
  sendMail(mail: AlertMail): PromiseLike<unknown>;
}

/** Who writes to whom. */
export interface EmailSinkOptions {
  readonly from: string;
  /** One address, or several with commas between them. */
  readonly to: string;
}

/** Longest subject: what mail programs show of one. */
const MAX_SUBJECT = 150;

function address(name: string, value: unknown): string {
  if (typeof value !== 'string' || !value.includes('@') || /\p{Cc}/u.test(value))
    throw refuse(name, 'an address of mail on one line', typeof value === 'string' ? undefined : value);
  return value;
}

/** No line break reaches a header: what follows one would be a header of its own. */
function subjectOf({ service, title, suppressed }: AlertNotice): string {
  const more = suppressed === undefined ? '' : ` (+${suppressed} suppressed)`;
  return `[${service}] ${title}${more}`.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').slice(0, MAX_SUBJECT);
}

/**
 * A sink that sends each notice as a mail of plain text.
 *
 * @throws TypeError if the transport has no `sendMail`, or an address is none
 * @example
 * ```ts
 * import { createHealthMonitor, emailSink, type MailTransport } from '@resilient/health';
 *
 * declare const transport: MailTransport; // nodemailer.createTransport(…)
 * const mail = emailSink(transport, { from: 'app@example.com', to: 'oncall@example.com' });
 * const monitor = createHealthMonitor({ alerts: { sinks: [mail] } });
 * ```
 */
export function emailSink(transport: MailTransport, options: EmailSinkOptions): AlertSink {
  if (typeof (transport as MailTransport | null)?.sendMail !== 'function') {
    throw refuse('transport', 'a transport with a function `sendMail`', transport);
  }
  checkKnown('emailSink', options, ['from', 'to']);
  const from = address('from', options.from);
  const to = address('to', options.to);
  return {
    name: 'email',
    async send(notice) {
      await transport.sendMail({
        from,
        to,
        subject: subjectOf(notice),
        text: noticeLines(notice).join('\n'),
      });
    },
  };
}
