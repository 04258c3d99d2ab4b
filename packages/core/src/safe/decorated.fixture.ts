import type { RetryOptions } from '../retry/options.ts';
import type { autoRetry as AutoRetry } from './auto-retry.ts';
import type { safeExecute as SafeExecute, SafeExecuteOptions } from './safe-execute.ts';

// Classes with decorators, which neither Node nor the transform of vitest reads yet: the tests compile this file with
// TypeScript, and it imports nothing but types.

/** What a {@link makeShop} makes. */
export interface Shop {
  price(of: string, times?: number): number;
  names(): Promise<string[]>;
}

/** A class whose methods never throw. */
export function makeShop(
  safeExecute: typeof SafeExecute,
  more: Pick<SafeExecuteOptions<unknown>, 'logger'>,
): { new (): Shop; open(): string } {
  return class {
    prices: Record<string, number> = { tea: 3 };

    @safeExecute({ defaultReturn: 0, ...more })
    price(of: string, times = 1): number {
      if (!(of in this.prices)) throw new Error('unknown');
      return (this.prices[of] ?? 0) * times;
    }

    @safeExecute({ defaultReturn: [], ...more })
    async names(): Promise<string[]> {
      throw new Error(`down: ${Object.keys(this.prices).length}`);
    }

    @safeExecute({ defaultReturn: 'closed', ...more })
    static open(): string {
      throw new Error('no key');
    }
  };
}

/** What a {@link makeMailer} makes. */
export interface Mailer {
  readonly sent: string[];
  calls: number;
  send(to: string, subject?: string): Promise<number>;
}

/** A class whose method fails at every first attempt. */
export function makeMailer(autoRetry: typeof AutoRetry, more: RetryOptions): new () => Mailer {
  return class {
    sent: string[] = [];
    calls = 0;

    @autoRetry({ maxAttempts: 3, ...more })
    async send(to: string, subject = 'none'): Promise<number> {
      this.calls += 1;
      if (this.calls % 2 === 1) throw new Error('busy');
      this.sent.push(`${to}: ${subject}`);
      return this.sent.length;
    }
  };
}
