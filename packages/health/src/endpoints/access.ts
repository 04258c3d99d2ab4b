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
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/**
 * Makes the function that tells who may see the console: nobody, unless one of the two options says so.
 *
 * @throws TypeError for options of the wrong type; RangeError for a token that is too short
 */
export function accessControl(
  clock: Clock,
  { authorize, token }: AccessOptions,
): (request: Request, host: unknown) => Promise<boolean> {
  if (authorize !== undefined) checkType('authorize', authorize, 'function');
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
    const bearer = /^Bearer +(\S+) *$/i.exec(request.headers.get('authorization') ?? '')?.[1];
    return expected !== undefined && bearer !== undefined && timingSafeEqual(digest(bearer), expected);
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
  return async (request, host) => holdsToken(request) || (await isAuthorized(request, host));
}
