import { afterEach, describe, expect, it } from 'vitest';
import type { ErrorEvent } from '../events/event.ts';
import { onResilienceEvent } from '../events/on-resilience-event.ts';
import type { Logger } from '../log/types.ts';
import { loadDecorated } from './load-decorated.fixture.ts';
import { safeExecute } from './safe-execute.ts';

let lines: unknown[][] = [];
const note =
  (level: string) =>
  (...line: unknown[]): void =>
    void lines.push([level, ...line]);
const logger: Logger = {
  debug: note('debug'),
  info: note('info'),
  warn: note('warn'),
  error: note('error'),
  fatal: note('fatal'),
  child: () => logger,
};

let stop = (): void => {};
/** The `error` events from now on. */
function watch(): ErrorEvent[] {
  const events: ErrorEvent[] = [];
  stop = onResilienceEvent((event) => {
    if (event.kind === 'error') events.push(event);
  });
  return events;
}

afterEach(() => {
  stop();
  lines = [];
});

const down = new Error('down');
const fail = (): never => {
  throw down;
};

describe('a synchronous function', () => {
  it('stays synchronous', () => {
    const double = safeExecute({ defaultReturn: 0, logger })((n: number) => n * 2);
    expect(double(4)).toBe(8);
    expect(safeExecute({ defaultReturn: 0, logger })(fail)()).toBe(0);
  });

  it.each([null, undefined, 'text', Object.freeze({})])('may throw %o', (thrown) => {
    const work = safeExecute({ defaultReturn: 'default', logger })((): string => {
      throw thrown;
    });
    expect(work()).toBe('default');
  });
});

describe('an asynchronous function', () => {
  it('stays asynchronous and never rejects', async () => {
    const wrap = safeExecute({ defaultReturn: 'default', logger });
    const good = wrap(async () => 'value')();
    const bad = wrap(async (): Promise<string> => fail())();
    expect(good).toBeInstanceOf(Promise);
    expect(bad).toBeInstanceOf(Promise);
    expect([await good, await bad]).toEqual(['value', 'default']);
  });

  it('may answer a promise of another library', async () => {
    class Lazy {
      // biome-ignore lint/suspicious/noThenProperty: a thenable is what this is about
      then(_: unknown, reject: (error: unknown) => void): void {
        reject(down);
      }
    }
    const thenable = new Lazy() as PromiseLike<string>;
    expect(await safeExecute({ defaultReturn: 'default', logger })(() => thenable)()).toBe('default');
  });
});

describe('`this`, arguments and name', () => {
  it('a decorated method has them', async () => {
    const Shop = (await loadDecorated()).makeShop(safeExecute, { logger });
    const shop = new Shop();
    expect([shop.price('tea', 2), shop.price('gold')]).toEqual([6, 0]);
    expect(await shop.names()).toEqual([]);
    expect(Shop.open()).toBe('closed');
    expect([shop.price.name, shop.price.length]).toEqual(['price', 1]);
  });

  it('so has a wrapped function', () => {
    function scale(this: { by: number }, n: number): number {
      return this.by * n;
    }
    const wrapped = safeExecute({ defaultReturn: 0, logger })(scale);
    expect(wrapped.call({ by: 3 }, 5)).toBe(15);
    expect([wrapped.name, wrapped.length]).toEqual(['scale', 1]);
  });
});

describe('defaultReturn', () => {
  it('is a fresh copy for each caller', () => {
    const given = { items: [1] };
    const read = safeExecute({ defaultReturn: given, logger })(fail as () => { items: number[] });
    const first = read();
    first.items.push(2);
    given.items.push(3);
    expect(read()).toEqual({ items: [1] });
    expect(read()).not.toBe(read());
    const list = safeExecute({ defaultReturn: [], logger })(fail as () => string[]);
    list().push('mine');
    expect(list()).toEqual([]);
  });

  it('is called anew each time, with the error', () => {
    const seen: unknown[] = [];
    const read = safeExecute({
      defaultReturn: (error) => {
        seen.push(error);
        return seen.length;
      },
      logger,
    })(fail as () => number);
    expect([read(), read()]).toEqual([1, 2]);
    expect(seen).toEqual([down, down]);
  });

  it('may be anything that can be copied, and undefined', () => {
    for (const value of [
      undefined,
      null,
      0,
      '',
      Symbol.iterator,
      new Date(0),
      new Map([['a', 1]]),
      [new Set([1])],
    ]) {
      expect(safeExecute({ defaultReturn: value as unknown, logger })(fail)()).toEqual(value);
    }
  });

  it.each([
    [{ close() {} }],
    [[new (class Cart {})()]],
    [new (class Cart {})()],
    [Promise.resolve(1)],
    [{ [Symbol('hidden')]: 1 }],
    [new WeakMap()],
  ])('that cannot be copied whole is refused when it is given: %o', (value) => {
    expect(() => safeExecute({ defaultReturn: value as unknown })).toThrow(
      /^expected `defaultReturn` to be something that can be copied, or a function that makes it, got /,
    );
  });

  it('that throws itself is answered with undefined, and reported', () => {
    const events = watch();
    const broken = new Error('broken default');
    const read = safeExecute({
      defaultReturn: (): number => {
        throw broken;
      },
      logger,
    })(fail as () => number);
    expect(read()).toBeUndefined();
    expect(events.map(({ error }) => error)).toEqual([down, broken]);
    expect(lines.map((line) => line.at(-1))).toEqual([
      'fail failed and was answered with its default',
      'fail failed, and so did its defaultReturn: answered with undefined',
    ]);
  });

  it('may be asynchronous, and its rejection goes no further either', async () => {
    const wrap = safeExecute({ defaultReturn: async (): Promise<number> => fail(), logger });
    expect(await wrap(fail as () => Promise<number>)()).toBeUndefined();
    expect(await wrap(async (): Promise<number> => fail())()).toBeUndefined();
  });
});

describe('what is reported', () => {
  it('is the error itself to listeners', () => {
    const events = watch();
    safeExecute({ defaultReturn: 0, name: 'badges', logger })(fail)();
    expect(events).toEqual([{ kind: 'error', name: 'badges', package: 'core', error: down }]);
  });

  it('is a line of the log without the properties of the error, masked, with the place', () => {
    const error = Object.assign(new TypeError('no access with password=hunter2'), {
      code: 'E1',
      headers: { a: 'hunter2' },
    });
    safeExecute({ defaultReturn: 0, logger })(function badges() {
      throw error;
    })();
    expect(lines).toHaveLength(1);
    const [level, facts] = lines[0] as [string, { frames: string[] }];
    expect(level).toBe('error');
    expect(facts).toMatchObject({
      name: 'badges',
      errorName: 'TypeError',
      code: 'E1',
      errorMessage: 'no access with password=***',
    });
    expect(facts.frames[0]).toContain('safe-execute.test.ts');
    expect(JSON.stringify(lines)).not.toContain('hunter2');
  });

  it('is not logged with logErrors: false, but published', () => {
    const events = watch();
    safeExecute({ defaultReturn: 0, logErrors: false, logger })(fail)();
    expect([lines.length, events.length]).toEqual([0, 1]);
  });

  it('changes nothing if the logger, a listener and the error itself throw', () => {
    stop = onResilienceEvent(fail);
    const traps = new Proxy({}, { get: fail, getPrototypeOf: fail });
    const work = safeExecute({ defaultReturn: 'default', logger: { ...logger, error: fail } })((): string => {
      throw traps;
    });
    expect(work()).toBe('default');
  });
});

describe('wrong use', () => {
  it('is refused when the options are given', () => {
    expect(() => safeExecute({} as never)).toThrow(/expected `defaultReturn` to be given/);
    expect(() => safeExecute({ defaultReturn: 0, logErrors: 'yes' as never })).toThrow(TypeError);
    expect(() => safeExecute({ defaultReturn: 0, logger: {} as never })).toThrow(TypeError);
    expect(() => safeExecute({ defaultReturn: 0, name: 5 as never })).toThrow(TypeError);
    expect(() => safeExecute({ defaultReturn: 0, default: 0 } as never)).toThrow(/unknown option `default`/);
  });

  it('is refused when it is applied to what is no function or method', () => {
    const wrap = safeExecute({ defaultReturn: 0, name: 'named' });
    expect(() => wrap(5 as never)).toThrow(
      new TypeError('expected `what safeExecute is applied to` to be a function, got 5'),
    );
    expect(() => wrap(fail, { kind: 'getter', name: 'x' } as never)).toThrow(/to be a method, got a getter/);
  });
});
