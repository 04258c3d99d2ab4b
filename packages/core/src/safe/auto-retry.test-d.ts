import { expectTypeOf, test } from 'vitest';
import { autoRetry } from './auto-retry.ts';

test('a wrapper keeps parameters, result and `this`', () => {
  const send = autoRetry({ maxAttempts: 3 })(async (to: string, copies?: number) => `${to}${copies}`);
  expectTypeOf(send).parameters.toEqualTypeOf<[to: string, copies?: number | undefined]>();
  expectTypeOf(send).returns.toEqualTypeOf<Promise<string>>();
  const scale = autoRetry()(async function (this: { by: number }, n: number) {
    return this.by * n;
  });
  expectTypeOf(scale).thisParameter.toEqualTypeOf<{ by: number }>();
});

test('a decorated method keeps its type', () => {
  class Mailer {
    @autoRetry({ maxAttempts: 3 })
    async send(to: string): Promise<string> {
      return to;
    }

    @autoRetry()
    static async check(): Promise<boolean> {
      return true;
    }

    // @ts-expect-error a method that answers at once cannot be tried again
    @autoRetry()
    count(): number {
      return 1;
    }
  }
  expectTypeOf(new Mailer().send).toEqualTypeOf<(to: string) => Promise<string>>();
});

test('only functions that return a promise are accepted', () => {
  const wrap = autoRetry();
  // @ts-expect-error synchronous
  wrap(() => 5);
  // @ts-expect-error nothing to wait for
  wrap(() => {});
  // @ts-expect-error a promise now and then
  wrap((now: boolean) => (now ? 1 : Promise.resolve(1)));
  // @ts-expect-error no such option
  autoRetry({ attempts: 3 });
});
