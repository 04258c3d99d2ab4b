import { expectTypeOf, test } from 'vitest';
import { safeExecute } from './safe-execute.ts';

test('a wrapper keeps parameters and adds the default to the result', () => {
  const parse = safeExecute({ defaultReturn: null })(
    (json: string, strict?: boolean): number => json.length + Number(strict),
  );
  expectTypeOf(parse).parameters.toEqualTypeOf<[json: string, strict?: boolean | undefined]>();
  expectTypeOf(parse).returns.toEqualTypeOf<number | null>();
  const load = safeExecute({ defaultReturn: (error) => String(error) })(async (id: number) => id);
  expectTypeOf(load).parameters.toEqualTypeOf<[id: number]>();
  expectTypeOf(load).returns.toEqualTypeOf<Promise<number | string>>();
});

test('a wrapper keeps `this`', () => {
  const scale = safeExecute({ defaultReturn: 0 })(function (this: { by: number }, n: number): number {
    return this.by * n;
  });
  expectTypeOf(scale).thisParameter.toEqualTypeOf<{ by: number }>();
});

test('an empty list fits every list', () => {
  const names = safeExecute({ defaultReturn: [] })((): string[] => ['a']);
  expectTypeOf(names).returns.toEqualTypeOf<string[]>();
});

test('a decorator takes a default that fits the method, and no other', () => {
  class Fits {
    @safeExecute({ defaultReturn: [] })
    async list(of: string): Promise<string[]> {
      return [of];
    }

    @safeExecute({ defaultReturn: 0 })
    static count(): number {
      return 1;
    }

    // @ts-expect-error a text is no number
    @safeExecute({ defaultReturn: 'none' })
    wrong(): number {
      return 1;
    }

    // @ts-expect-error not a method
    @safeExecute({ defaultReturn: 0 })
    field = 1;
  }
  expectTypeOf(new Fits().list).toEqualTypeOf<(of: string) => Promise<string[]>>();
});

test('mistakes do not compile', () => {
  // @ts-expect-error a default is needed
  safeExecute({});
  // @ts-expect-error no such option
  safeExecute({ defaultReturn: 0, default: 0 });
});
