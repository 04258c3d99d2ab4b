import fc from 'fast-check';
import { expect, it } from 'vitest';
import { causesOf } from './causes.ts';
import { classifyError } from './classify.ts';

/** Throws for every name that a classifier may read; symbols are left to fast-check. */
const trap = (_: object, key?: string | symbol): false => {
  if (typeof key !== 'symbol') throw new Error('trap');
  return false;
};
const traps: ProxyHandler<object> = { get: trap, has: trap, getPrototypeOf: () => trap({}) || null };

/** Errors, chains, aggregates, things that are none, and proxies of all of them. */
const { thrown } = fc.letrec<{ thrown: unknown }>((tie) => ({
  thrown: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    fc.anything(),
    fc
      .constantFrom('ECONNRESET', 'ECONNREFUSED', 'ENOTFOUND', 'EPIPE')
      .map((code) => Object.assign(new Error(code), { code })),
    fc.constantFrom(new TypeError('x'), new DOMException('x', 'AbortError'), null, undefined),
    fc.constant(null).map(() => new Proxy({}, traps)),
    tie('thrown').map((cause) => new Error('outer', { cause })),
    fc.array(tie('thrown'), { maxLength: 5 }).map((errors) => new AggregateError(errors)),
    fc.record({ cause: tie('thrown'), code: fc.anything(), name: fc.anything(), errors: fc.anything() }),
  ),
}));

it('never throws, answers the same again, and answers a whole verdict or nothing', () => {
  fc.assert(
    fc.property(thrown, (error) => {
      const verdict = classifyError(error, 0);
      expect(classifyError(error, 1)).toEqual(verdict);
      expect(causesOf(error).length).toBeLessThanOrEqual(32);
      if (verdict) {
        expect(typeof verdict.transient).toBe('boolean');
        expect(['not-sent', 'rejected', 'unknown']).toContain(verdict.outcome);
      }
    }),
    { numRuns: 500 },
  );
});

it('claims not-sent for an aggregate only if each member claims it', () => {
  const code = fc.constantFrom('ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EPIPE');
  fc.assert(
    fc.property(fc.array(code, { minLength: 1, maxLength: 20 }), (codes) => {
      const members = codes.map((one) => Object.assign(new Error(one), { code: one }));
      const verdict = classifyError(new AggregateError(members), 0);
      const each = members.every((member) => classifyError(member, 0)?.outcome === 'not-sent');
      expect(verdict?.outcome).toBe(each ? 'not-sent' : 'unknown');
    }),
  );
});
