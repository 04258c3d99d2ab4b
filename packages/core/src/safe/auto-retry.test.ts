import { createVirtualClock } from '@resilient/testing';
import { describe, expect, it } from 'vitest';
import { RetryError } from '../errors/retry-error.ts';
import type { RetryEvent } from '../events/event.ts';
import { onResilienceEvent } from '../events/on-resilience-event.ts';
import { autoRetry } from './auto-retry.ts';
import { loadDecorated } from './load-decorated.fixture.ts';

const random = (): number => 0;

/** Fails so many times, then answers. */
function flaky(
  failures: number,
  error: () => unknown = () => new Error('down'),
): { calls: number; run(): Promise<string> } {
  return {
    calls: 0,
    async run() {
      this.calls += 1;
      if (this.calls <= failures) throw error();
      return `after ${this.calls}`;
    },
  };
}

const wrapped = (service: ReturnType<typeof flaky>, options: Parameters<typeof autoRetry>[0] = {}) => {
  const clock = createVirtualClock();
  const run = autoRetry({ clock, random, ...options })(() => service.run());
  return { clock, run };
};

describe('autoRetry', () => {
  it('runs a function again after a plain Error', async () => {
    const service = flaky(2);
    const { clock, run } = wrapped(service, { maxAttempts: 3 });
    expect(await clock.settle(run())).toBe('after 3');
  });

  it('makes as many attempts as maxAttempts says', async () => {
    const service = flaky(9);
    const { clock, run } = wrapped(service, { maxAttempts: 3 });
    await expect(clock.settle(run())).rejects.toBeInstanceOf(RetryError);
    expect(service.calls).toBe(3);
  });

  it('makes four attempts by default, and one more than maxRetries', async () => {
    const [byDefault, two] = [flaky(9), flaky(9)];
    const first = wrapped(byDefault);
    await expect(first.clock.settle(first.run())).rejects.toThrow();
    const second = wrapped(two, { maxRetries: 2 });
    await expect(second.clock.settle(second.run())).rejects.toThrow();
    expect([byDefault.calls, two.calls]).toEqual([4, 3]);
  });

  it('gives back a ValidationError as the same object, after one attempt', async () => {
    const error = Object.assign(new Error('no name'), { name: 'ValidationError' });
    const service = flaky(9, () => error);
    const { clock, run } = wrapped(service);
    expect(await clock.settle(run().catch((thrown: unknown) => thrown))).toBe(error);
    expect(service.calls).toBe(1);
  });

  it('gives back a bug as the same object, after one attempt', async () => {
    const error = new TypeError('x is not a function');
    const service = flaky(9, () => error);
    const { clock, run } = wrapped(service);
    expect(await clock.settle(run().catch((thrown: unknown) => thrown))).toBe(error);
    expect(service.calls).toBe(1);
  });

  it('does not retry again what was retried inside', async () => {
    const service = flaky(99);
    const inner = wrapped(service, { maxAttempts: 3 });
    const outer = autoRetry({ maxAttempts: 3, clock: inner.clock, random })(inner.run);
    await expect(inner.clock.settle(outer())).rejects.toBeInstanceOf(RetryError);
    expect(service.calls).toBe(3);
  });

  it('rejects, and never throws, what is thrown before there is a promise', async () => {
    const clock = createVirtualClock();
    const run = autoRetry({ maxAttempts: 1, clock })((): Promise<string> => {
      throw new TypeError('at once');
    });
    await expect(clock.settle(run())).rejects.toThrow('at once');
  });
});

describe('`this`, arguments and name', () => {
  const clock = createVirtualClock();

  const mailers = async () => (await loadDecorated()).makeMailer(autoRetry, { clock, random });

  it('a decorated method has them, on each attempt and each instance', async () => {
    const Mailer = await mailers();
    const [one, other] = [new Mailer(), new Mailer()];
    expect(await clock.settle(one.send('ada', 'hello'))).toBe(1);
    expect(await clock.settle(one.send('bob'))).toBe(2);
    expect(one.sent).toEqual(['ada: hello', 'bob: none']);
    expect(other.calls).toBe(0);
    expect([one.send.name, one.send.length]).toEqual(['send', 1]);
  });

  it('so has a wrapped function', async () => {
    const scale = autoRetry({ clock })(async function scale(this: { by: number }, n: number) {
      return this.by * n;
    });
    expect(await clock.settle(scale.call({ by: 3 }, 5))).toBe(15);
  });

  it('events have the name of the function, or the one given', async () => {
    const Mailer = await mailers();
    const names: string[] = [];
    const stop = onResilienceEvent((event) => {
      if (event.kind === 'retry') names.push((event satisfies RetryEvent).name);
    });
    await clock.settle(new Mailer().send('ada'));
    const service = flaky(1);
    await clock.settle(autoRetry({ clock, random, name: 'given' })(() => service.run())());
    stop();
    expect(names).toEqual(['send', 'given']);
  });
});

describe('wrong use', () => {
  it('is refused when the options are given', () => {
    expect(() => autoRetry({ maxAttempts: 3, maxRetries: 2 })).toThrow(TypeError);
    expect(() => autoRetry({ maxAttempts: 0 })).toThrow(RangeError);
    expect(() => autoRetry({ attempts: 3 } as never)).toThrow(/unknown option `attempts`/);
  });

  it('is refused when it is applied to what is no function or method', () => {
    expect(() => autoRetry()('send' as never)).toThrow(TypeError);
    expect(() => autoRetry()(async () => 1, { kind: 'field', name: 'x' } as never)).toThrow(
      /a method, got a field/,
    );
  });

  it('later changes of the options object change nothing', async () => {
    const clock = createVirtualClock();
    const options = { maxAttempts: 2, clock, random };
    const service = flaky(9);
    const wrap = autoRetry(options);
    options.maxAttempts = 5;
    const run = wrap(() => service.run());
    await expect(clock.settle(run())).rejects.toThrow();
    expect(service.calls).toBe(2);
  });
});
