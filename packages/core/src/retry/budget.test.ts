import { createVirtualClock } from '@resilient/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ResilienceEvent } from '../events/event.ts';
import { onResilienceEvent } from '../events/on-resilience-event.ts';
import { RetryBudget } from './budget.ts';

describe('RetryBudget', () => {
  /**
   * The steps of AWS's own retry specification (smithy-typescript, retries.integ.spec.ts), restated: `-` a transient
   * failure that wants a retry, `t` a throttled one, `ok` a success; beside each the tokens after it, or `none`.
   */
  it.each([
    ['success after two retries', 500, ['- 486', '- 472', 'ok 486']],
    ['two failures', 500, ['- 486', '- 472']],
    ['one retry left', 14, ['- 0', '- none']],
    ['nothing left', 0, ['- none']],
    ['four failures', 500, ['- 486', '- 472', '- 458', '- 444']],
    ['too little for another', 20, ['- 6', '- none']],
    ['throttled, then well', 500, ['t 495', 'ok 500']],
  ])('keeps to the numbers of AWS: %s', (_name, start, steps) => {
    const budget = new RetryBudget({ minPerSecond: 0, clock: createVirtualClock() });
    drain(budget, 500 - start);
    let cost = 1;
    for (const step of steps) {
      const [what, after] = step.split(' ');
      if (what === 'ok') budget.release(cost);
      else {
        const taken = budget.tryAcquire(what === 't' ? 'rate-limit' : 'server');
        expect(taken === -1).toBe(after === 'none');
        if (taken !== -1) cost = taken;
      }
      if (after !== 'none') expect(budget.available).toBe(Number(after));
    }
  });

  it('lets one retry a second pass when it is empty, and none with minPerSecond 0', async () => {
    const clock = createVirtualClock();
    const budget = new RetryBudget({ capacity: 14, clock });
    expect(budget.tryAcquire('server')).toBe(14);
    expect([budget.tryAcquire('server'), budget.tryAcquire('server')]).toEqual([0, -1]);
    await clock.advance(999);
    expect(budget.tryAcquire('server')).toBe(-1);
    await clock.advance(1);
    expect(budget.tryAcquire('server')).toBe(0);
    await clock.advance(60_000);
    expect([budget.tryAcquire('server'), budget.tryAcquire('server')]).toEqual([0, -1]);
  });

  it('stays between 0 and its capacity whatever happens', () => {
    const step = fc.oneof(fc.constantFrom('server', 'rate-limit'), fc.integer({ min: 0, max: 50 }));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100 }), fc.array(step, { maxLength: 200 }), (capacity, steps) => {
        const budget = new RetryBudget({ capacity, clock: createVirtualClock() });
        for (const one of steps) {
          if (typeof one === 'number') budget.release(one);
          else budget.tryAcquire(one as 'server');
          expect(budget.available).toBeGreaterThanOrEqual(0);
          expect(budget.available).toBeLessThanOrEqual(capacity);
        }
      }),
    );
  });

  it('tells when it runs dry and when it has recovered, once each', () => {
    const events: ResilienceEvent[] = [];
    const stop = onResilienceEvent((event) => events.push(event));
    const before = events.length;
    const budget = new RetryBudget({
      capacity: 20,
      minPerSecond: 0,
      name: 'mail',
      clock: createVirtualClock(),
    });
    budget.tryAcquire('server');
    budget.tryAcquire('server');
    budget.tryAcquire('server');
    budget.release(14);
    budget.release(14);
    stop();
    expect(
      events.slice(before).map((event) => (event.kind === 'budget' ? [event.name, event.state] : event.kind)),
    ).toEqual([
      ['mail', 'empty'],
      ['mail', 'available'],
    ]);
  });

  it('is not drained by giving back what tryAcquire answered for nothing', () => {
    const budget = new RetryBudget({ capacity: 14, minPerSecond: 0 });
    budget.tryAcquire('server');
    for (const cost of [budget.tryAcquire('server'), Number.NaN, -5]) budget.release(cost);
    expect(budget.available).toBe(0);
    budget.release(14);
    expect(budget.available).toBe(14);
  });

  it('refuses bad options', () => {
    expect(() => new RetryBudget({ capacity: 0 })).toThrow(RangeError);
    expect(() => new RetryBudget({ retryCost: -1 })).toThrow(
      /expected `retryCost` to be a number of at least 0, got -1/,
    );
    expect(() => new RetryBudget({ name: 5 } as never)).toThrow(TypeError);
    expect(() => new RetryBudget({ clock: {} } as never)).toThrow(/expected `clock` to be a Clock/);
    expect(() => new RetryBudget({ size: 5 } as never)).toThrow(/unknown option `size` of RetryBudget/);
  });
});

/** Takes an exact number of tokens, as a sum of retries (14) and throttled ones (5). */
function drain(budget: RetryBudget, tokens: number): void {
  for (let left = tokens; left > 0; ) {
    const kind = left % 14 === 0 ? 'server' : 'rate-limit';
    if (left < 5) throw new Error('not a sum of 14 and 5');
    left -= budget.tryAcquire(kind);
  }
}
