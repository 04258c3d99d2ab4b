import type { Logger as PinoLogger } from 'pino';
import { expectTypeOf, test } from 'vitest';
import type { Logger } from './types.ts';

test('any pino instance fits, and so does a small object of your own', () => {
  expectTypeOf<PinoLogger>().toExtend<Logger>();
  const line = (): void => {};
  const own = { debug: line, info: line, warn: line, error: line, fatal: line, child: (): Logger => own };
  expectTypeOf(own).toExtend<Logger>();
});
