import { type Classifier, causesOf, peek, type Verdict } from '@resilient/core';

const BROKEN: Verdict = Object.freeze({ transient: true, kind: 'network', outcome: 'unknown' });
const REFUSED: Verdict = Object.freeze({ transient: false, kind: 'invalid', outcome: 'rejected' });

/** nodemailer's own codes. Its `command: 'CONN'` proves nothing: sockets that break while a mail is sent have it too. */
const CODES: ReadonlyMap<unknown, Verdict> = new Map([
  ['ECONNECTION', BROKEN],
  ['ESOCKET', BROKEN],
  ['ETLS', BROKEN],
  ['EPROTOCOL', BROKEN],
  ['EDNS', { ...BROKEN, outcome: 'not-sent' }],
  ['EAUTH', { ...REFUSED, kind: 'auth' }],
  ['EENVELOPE', REFUSED],
  ['EMESSAGE', REFUSED],
]);

/** Authentication required, and refused. @see RFC 4954, 6 */
const AUTH: ReadonlySet<number> = new Set([530, 534, 535, 538]);

/** An answer of SMTP: 4yz is a refusal for now, 5yz one for good. @see RFC 5321, 4.2.1 */
function verdictOfReply(code: number): Verdict | undefined {
  if (code >= 400 && code < 500)
    return { transient: true, kind: 'overload', outcome: 'rejected', code: String(code) };
  if (code < 500 || code > 599) return undefined;
  return { ...REFUSED, kind: AUTH.has(code) ? 'auth' : 'invalid', code: String(code) };
}

/** Knows errors of nodemailer: by the SMTP server's answer, else by its code. */
export const classifySmtp: Classifier = (error) => {
  for (const one of causesOf(error)) {
    const reply = peek(one, 'responseCode');
    const verdict = typeof reply === 'number' ? verdictOfReply(reply) : undefined;
    if (verdict) return verdict;
    const code = peek(one, 'code');
    const known = peek(one, 'syscall') === 'connect' ? undefined : CODES.get(code); // core knows better
    if (known) return { ...known, code: code as string };
  }
  return undefined;
};
