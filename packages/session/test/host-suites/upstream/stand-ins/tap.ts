import { EventEmitter, once } from 'node:events';
import { test as nodeTest } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';

/** The assertions of tap 14 that the suite of fastify-session uses: they are counted, as tap does, and never throw. */
class Assertions extends EventEmitter {
  readonly failures: string[] = [];
  #left = 0;

  plan(count: number): void {
    this.#left = count;
  }

  ok(value: unknown): void {
    this.#note(Boolean(value), `${value} is not truthy`);
  }

  notOk(value: unknown): void {
    this.#note(!value, `${value} is not falsy`);
  }

  error(value: unknown): void {
    this.#note(!value, `an error: ${value}`);
  }

  strictEqual(value: unknown, wanted: unknown): void {
    this.#note(value === wanted, `${value} is not ${wanted}`);
  }

  equals(value: unknown, wanted: unknown): void {
    this.strictEqual(value, wanted);
  }

  notEqual(value: unknown, unwanted: unknown): void {
    this.#note(value !== unwanted, `${value} is ${unwanted}`);
  }

  #note(isRight: boolean, otherwise: string): void {
    if (!isRight) this.failures.push(otherwise);
    this.#left -= 1;
    if (this.#left === 0) setImmediate(() => this.emit('planned'));
    if (this.#left < 0) this.failures.push('more assertions than planned');
  }
}

/** Runs a test until it has made as many assertions as it planned. */
const test = (name: string, body: (assertions: Assertions) => void): void => {
  nodeTest(name, async () => {
    const assertions = new Assertions();
    const planned = once(assertions, 'planned');
    body(assertions);
    const isDone = await Promise.race([planned, sleep(5_000, false, { ref: false })]);
    if (isDone === false) assertions.failures.push('fewer assertions than planned');
    if (assertions.failures.length > 0) throw new Error(assertions.failures.join('; '));
  });
};

const tap = { test };

export { tap as 'module.exports' };
