import { peek } from '../verdict/causes.ts';

/** A masked message is no longer than this, its last character an ellipsis if something was cut. */
const SHOWN = 200;

/** No more of a message is read, so that masking costs the same however long it is. */
const READ = 4_096;

const MASK = '***';

/** No secret survives in part: what may have been cut in two by {@link READ} is left out, back to the last space. */
function head(text: string): string {
  if (text.length <= READ) return text;
  let end = READ;
  while (end > 0 && !/\s/.test(text.charAt(end - 1))) end -= 1;
  return `${text.slice(0, end)}…`;
}

/** `scheme://user:password@host/path?query#fragment`, in one piece. */
const URL_LIKE = /\b([a-z][a-z0-9+.-]{0,20}:\/\/)(\S+)/gi;

/** Keeps host and path. A password with a raw slash or question mark ends the authority early: all up to the last @ goes. */
function maskUrl(_: string, scheme: string, rest: string): string {
  const authority = /^[^/?#]*/.exec(rest)?.[0] ?? '';
  const broken = !authority.includes('@') && /:(?!\d{0,5}$)/.test(authority);
  const at = (broken ? rest : authority).lastIndexOf('@');
  const place = at < 0 ? rest : rest.slice(at + 1);
  const end = place.search(/[?#]/);
  const shown = end < 0 ? place : `${place.slice(0, end + 1)}${MASK}`;
  return `${scheme}${at < 0 ? '' : `${MASK}@`}${shown}`;
}

/** Words whose value is a secret, also inside a name: `DB_PASSWORD=`, `clientSecret:`, `x-api-key:`. */
const KEY_WORDS = [
  '(?:api|access|private|secret|signing|encryption)[ _-]?key',
  'password|passwd|passphrase|passcode|pwd|(?<![a-z])(?:pass|pin|otp)(?![a-z])',
  'secret|token|credential|signature|session[ _-]?id',
].join('|');

/** In order: what is found, and what stands there then. Each is linear: every repetition is bounded, or anchored. */
const RULES: readonly (readonly [RegExp, string])[] = [
  // a query without its host: GET /reset?token=…
  [/\?[\w.~%[\]-]{1,80}=\S*/g, `?${MASK}`],
  // user information without a scheme: redis user:password@host
  [/(?<![^\s"'(<=/])[^\s"'(<:/@=]{0,64}:[^\s/@]{1,128}@(?=[\w[])/g, `${MASK}@`],
  [/\b((?:proxy-)?authorization|(?:set-)?cookie)(["']?\s{0,4}[:=]\s{0,4})[^\n]+/gi, `$1$2${MASK}`],
  [/\b(bearer)\s{1,4}[^\s"',;]+/gi, `$1 ${MASK}`],
  [/\b(basic)\s{1,4}[\w+/=-]{16,}/gi, `$1 ${MASK}`],
  [
    new RegExp(
      `((?:${KEY_WORDS})[\\w-]{0,32}(?: \\w{1,16})?["'\`\\]]{0,2}\\s{0,4}(?:=>|[:=])\\s{0,4})` +
        `("(?:[^"\\\\]|\\\\.)*"?|'(?:[^'\\\\]|\\\\.)*'?|\`[^\`]*\`?|[^\\s"'\`]\\S*)`,
      'gi',
    ),
    `$1${MASK}`,
  ],
  // keys with a prefix of their own: OpenAI, Stripe, GitHub, GitLab, npm, Slack, AWS, Google, Hugging Face, SendGrid
  [/\b(?:sk|pk|rk|whsec|gh[pousr]|github_pat|glpat|npm|xox[a-z]|hf|SG)[_.-][\w*.-]{4,}/g, MASK],
  [/\b(?:AKIA|ASIA|AIza)[\w-]{8,}/g, MASK],
  // a JSON web token
  [/\beyJ[\w-]{4,}(?:\.[\w-]*){0,4}/g, MASK],
];

/** 20 or more characters of base64, base64url or hex; a constant such as UND_ERR_CONNECT_TIMEOUT is none. */
const RUN = /[\w+/-]{20,}={0,2}/g;
const CONSTANT = /^[A-Z]{2,19}(?:_[A-Z]{2,19})+$/;

function cut(text: string): string {
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN - 1).toWellFormed()}…`;
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'object' || typeof value === 'function') {
    const message = peek(value, 'message');
    return typeof message === 'string'
      ? message
      : value === null
        ? 'null'
        : `a thrown ${typeof value} without a message`;
  }
  return String(value);
}

/**
 * A foreign message as it may be logged: at most 200 characters, with query strings and user information of URLs,
 * `Bearer …`, values behind key-like words (`password: …`, `api_key=…`), keys with a known prefix (`sk-…`), JSON web
 * tokens and runs of 20 or more base64 or hex characters replaced by `***`. Takes anything, an error's message if it is
 * one; never throws; its time does not grow with the length beyond 4,096 characters.
 *
 * @example
 * ```ts
 * import { maskMessage } from '@resilient/core';
 *
 * console.log(maskMessage('connect to redis://app:hunter2@cache:6379/0?db=1 failed'));
 * // connect to redis://***@cache:6379/0?*** failed
 * ```
 */
export function maskMessage(text: unknown): string {
  let masked = head(textOf(text)).replace(URL_LIKE, maskUrl);
  for (const [pattern, replacement] of RULES) masked = masked.replace(pattern, replacement);
  return cut(masked.replace(RUN, (run) => (CONSTANT.test(run) ? run : MASK)));
}
