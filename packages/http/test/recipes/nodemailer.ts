import { createApiClient } from '@resilient/http';
import nodemailer from 'nodemailer';
import type { Mail } from './resend.ts';

/**
 * SMTP knows no keys: a mail is repeated only if the server has refused it for now (4yz) or was never reached. If the
 * connection breaks after that, the call ends with `OUTCOME_UNKNOWN`, and the same Message-ID lets somebody find out.
 */
export function nodemailerRecipe(smtp: { readonly host: string; readonly port: number }) {
  const transport = nodemailer.createTransport({ ...smtp, connectionTimeout: 5_000, socketTimeout: 15_000 });
  const mailer = createApiClient({ name: 'smtp', timeoutMs: 60_000, attemptTimeoutMs: 20_000 });
  return ({ id, ...mail }: Mail): Promise<{ messageId: string }> =>
    mailer.call(() =>
      transport.sendMail({ from: 'school@example.org', messageId: `<${id}@example.org>`, ...mail }),
    );
}
