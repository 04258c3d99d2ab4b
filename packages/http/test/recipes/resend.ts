import { createResilientFetch } from '@resilient/http';

/** A mail to be sent. */
export interface Mail {
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
}

/** Resend knows a mail again by its `Idempotency-Key`: with it a POST is repeated, and one mail arrives. */
export function resendRecipe(apiUrl = 'https://api.resend.com'): (mail: Mail) => Promise<string> {
  const fetch = createResilientFetch({ name: 'resend', timeoutMs: 30_000 });
  return async ({ id, ...mail }) => {
    const answer = await fetch(`${apiUrl}/emails`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${process.env.RESEND_KEY ?? 'none'}`,
        'content-type': 'application/json',
        'idempotency-key': `mail-${id}`,
      },
      body: JSON.stringify({ from: 'school@example.org', ...mail }),
    });
    if (!answer.ok) throw new Error(`Resend answered ${answer.status}`);
    return ((await answer.json()) as { id: string }).id;
  };
}
