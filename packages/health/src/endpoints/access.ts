import { createHash, timingSafeEqual } from 'node:crypto';
import { type Clock, checkType } from '@resilient/core';
import { AUTHORIZE_TIMEOUT_MS, MIN_TOKEN_LENGTH } from '../defaults.ts';

/** Who may see the console. */
export interface AccessOptions {
  /**
   * Says `true` for who may see `/health/detailed`; anything else, a throw and 1 s of silence are a no. `host` is
   * what the framework's adapter handed on, such as a FastifyRequest with its session.
   */
  readonly authorize?: (request: Request, host: unknown) => unknown;
  /** At least 32 characters, taken as `Authorization: Bearer …`; never from the query. */
  readonly token?: string;
  /**
   * Also takes the token as the password of HTTP Basic, whatever the name, and asks for it with 401: the way for a
   * browser without a session. Who is refused then knows that there is something to see.
   * @defaultValue `false`
   */
  readonly basic?: boolean;
}

/** Whether somebody may see the console; `'ask'` where the password is to be asked for. */
export type Access = 'yes' | 'no' | 'ask';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The token that a header brings: as `Bearer`, or as the password of `Basic` where that is taken. */
function credentialOf(header: string, basic: boolean): string | undefined {
  const [, scheme = '', value = ''] = /^(Bearer|Basic) +(\S+) *$/i.exec(header) ?? [];
  if (scheme.toLowerCase() === 'bearer') return value;
  if (scheme === '' || !basic) return undefined;
  const pair = Buffer.from(value, 'base64').toString();
  const colon = pair.indexOf(':');
  return colon < 0 ? undefined : pair.slice(colon + 1);
}

/**
 * Makes the function that tells who may see the console: nobody, unless one of the two options says so.
 *
 * @throws TypeError for options of the wrong type; RangeError for a token that is too short
 */
export function accessControl(
  clock: Clock,
  { authorize, token, basic = false }: AccessOptions,
): (request: Request, host: unknown) => Promise<Access> {
  if (authorize !== undefined) checkType('authorize', authorize, 'function');
  checkType('basic', basic, 'boolean');
  if (basic && token === undefined)
    throw new TypeError('expected `token` to be given with `basic`, got undefined');
  if (token !== undefined && (typeof token !== 'string' || /[^\x21-\x7e]/.test(token))) {
    throw new TypeError('expected `token` to be a string of visible ASCII characters without spaces');
  }
  if (token !== undefined && token.length < MIN_TOKEN_LENGTH) {
    throw new RangeError(
      `expected \`token\` to be a string of at least ${MIN_TOKEN_LENGTH} characters, got ${token.length}`,
    );
  }
  const expected = token === undefined ? undefined : digest(token);

  const holdsToken = (request: Request): boolean => {
    const given = credentialOf(request.headers.get('authorization') ?? '', basic);
    return expected !== undefined && given !== undefined && timingSafeEqual(digest(given), expected);
  };
  const isAuthorized = async (request: Request, host: unknown): Promise<boolean> => {
    if (authorize === undefined) return false;
    let timer: unknown;
    const silence = new Promise<false>((resolve) => {
      timer = clock.setTimer(() => resolve(false), AUTHORIZE_TIMEOUT_MS, { background: true });
    });
    try {
      return (await Promise.race([silence, authorize(request, host)])) === true;
    } catch {
      return false;
    } finally {
      clock.clearTimer(timer);
    }
  };
  return async (request, host) => {
    if (holdsToken(request) || (await isAuthorized(request, host))) return 'yes';
    return basic ? 'ask' : 'no';
  };
}
