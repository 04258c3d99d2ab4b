import { runInNewContext } from 'node:vm';
import { ResilientError } from '@resilient/core';

/** What no body, header or page may hold. */
export const SECRET =
  'select * from users where password = hunter2 at /srv/app/secret.ts on db.internal:5432';

/** An error of ours, as another package throws it. */
export class OwnError extends ResilientError {
  readonly code: string;
  constructor(name: string, code: string, facts: object = {}) {
    super(SECRET);
    this.code = code;
    Object.assign(this, facts);
    Object.defineProperty(this, 'name', { value: name });
  }
}

export const withProperties = (properties: object): Error => Object.assign(new Error(SECRET), properties);

const hostile = (): object =>
  new Proxy(
    {},
    {
      get: () => {
        throw new Error(SECRET);
      },
      getPrototypeOf: () => {
        throw new Error(SECRET);
      },
    },
  );

const cyclic = (): Error => {
  const error = new Error(SECRET);
  error.cause = error;
  return error;
};

/** Thirty kinds of things that are thrown. */
export const THROWN: readonly [name: string, make: () => unknown][] = [
  ['an error', () => new Error(SECRET)],
  ['a type error', () => new TypeError(SECRET)],
  ['null', () => null],
  ['undefined', () => undefined],
  ['a string', () => SECRET],
  ['an empty string', () => ''],
  ['a number', () => 0],
  ['a big integer', () => 10n],
  ['a symbol', () => Symbol(SECRET)],
  ['a plain object', () => ({ message: SECRET, statusCode: 418, headers: { 'x-secret': SECRET } })],
  ['an array', () => [SECRET]],
  ['a function', () => () => SECRET],
  ['a proxy that throws', hostile],
  ['a cyclic cause', cyclic],
  ['an aggregate', () => new AggregateError([new Error(SECRET), null], SECRET)],
  ['a frozen error', () => Object.freeze(new Error(SECRET))],
  ['an error with a code', () => withProperties({ code: 'ECONNREFUSED', address: 'db.internal' })],
  ['an error with statusCode', () => withProperties({ statusCode: 404, status: 404 })],
  ['an error with getters', () => getters()],
  ['an error named __proto__', () => withProperties({ name: '__proto__' })],
  ['a rejected fetch', () => new TypeError('fetch failed', { cause: withProperties({ code: 'ENOTFOUND' }) })],
  ['an abort', () => new DOMException(SECRET, 'AbortError')],
  [
    'an SDK error',
    () => withProperties({ status: 401, headers: { 'x-upstream': SECRET, 'www-authenticate': 'Basic' } }),
  ],
  ['false', () => false],
  ['a response', () => new Response(SECRET, { status: 418, headers: { 'x-secret': SECRET } })],
  ['a revoked proxy', revoked],
  ['a subclass without a name', () => new (class extends RangeError {})(SECRET)],
  ['an error with a long message', () => new Error(SECRET.repeat(10_000))],
  ['an error whose toJSON throws', () => withProperties({ toJSON: () => Promise.reject(new Error(SECRET)) })],
  ['an error of another realm', () => runInNewContext(`new Error(${JSON.stringify(SECRET)})`)],
];

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  return proxy;
}

function getters(): Error {
  const error = new Error(SECRET);
  for (const key of ['message', 'stack', 'name', 'code', 'statusCode', 'cause']) {
    Object.defineProperty(error, key, {
      get: () => {
        throw new Error(SECRET);
      },
    });
  }
  return error;
}
