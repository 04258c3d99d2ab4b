import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { expect, test } from 'vitest';

// The members of opossum that the engine stands on, asked of opossum itself: an update that moves one fails here.
const Opossum = createRequire(import.meta.url)('opossum');

const options = {
  rotateBucketController: new EventEmitter(),
  enableSnapshots: false,
  rollingPercentilesEnabled: false,
};

test('the documented factory gives away the class of statistics', () => {
  const Status = Opossum.newStatus(options).constructor;
  expect(new Status(options)).toBeInstanceOf(Status);
  expect(new Opossum(() => 1, { status: new Status(options) }).status).toBeInstanceOf(Status);
});

test('of the statistics it calls these members, and no others', () => {
  const called = new Set<PropertyKey>();
  const Status = Opossum.newStatus(options).constructor;
  const status = new Proxy(new Status(options), {
    get(target, property) {
      called.add(property);
      const value = Reflect.get(target, property, target);
      return typeof value === 'function' ? value.bind(target) : value; // what it does to itself is its own affair
    },
  });
  const breaker = new Opossum(
    () => {
      throw new Error('down');
    },
    { timeout: false, resetTimeout: 2 ** 31 - 1, errorThresholdPercentage: 50, volumeThreshold: 1, status },
  );
  breaker.fallback(() => undefined);
  void breaker.fire();
  expect(breaker.opened).toBe(true);
  breaker.close();
  expect(breaker.opened).toBe(false);
  breaker.open();
  breaker.shutdown();
  expect([...called].sort()).toEqual([
    'close',
    'increment',
    'open',
    'removeRotateBucketControllerListener',
    'shutdown',
    'stats',
  ]);
});

test('decides within fire(), by fires and failures alone, at more than the percentage', () => {
  const stats = { fires: 0, failures: 0 };
  const Status: new (options: object) => object = Opossum.newStatus(options).constructor;
  class Counted extends Status {
    get stats(): object {
      return stats;
    }
  }
  const breaker = new Opossum(
    () => {
      throw new Error('down');
    },
    {
      timeout: false,
      errorThresholdPercentage: 50 - 1e-9,
      volumeThreshold: 20,
      status: new Counted(options),
    },
  );
  breaker.fallback(() => undefined);
  for (const [fires, failures, opened] of [
    [19, 19, false],
    [20, 9, false],
    [20, 10, true],
  ]) {
    Object.assign(stats, { fires, failures });
    void breaker.fire();
    expect(breaker.opened).toBe(opened);
  }
  breaker.shutdown();
});
