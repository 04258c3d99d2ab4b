import { expectTypeOf, test } from 'vitest';
import { integer } from './integer.ts';
import { oneOf } from './one-of.ts';
import { port } from './port.ts';
import { readEnvironment } from './read-environment.ts';
import { secret } from './secret.ts';
import { text } from './text.ts';
import { url } from './url.ts';

test('the type of the result follows from the description', () => {
  const values = readEnvironment({
    SECRET_KEY: secret({ minBytes: 32, generate: 'development' }),
    DATABASE_URL: url().optional(),
    PORT: port(3000),
    REGION: text().optional(),
    MODE: oneOf(['web', 'worker']),
    KIND: oneOf(['a', 'b'], 'a').optional(),
    WORKERS: integer({ min: 1 }),
  });
  expectTypeOf(values).toEqualTypeOf<{
    readonly SECRET_KEY: string;
    readonly DATABASE_URL: string | undefined;
    readonly PORT: number;
    readonly REGION: string | undefined;
    readonly MODE: 'web' | 'worker';
    readonly KIND: 'a' | 'b' | undefined;
    readonly WORKERS: number;
  }>();
});

test('mistakes do not compile', () => {
  // @ts-expect-error no such variable was described
  readEnvironment({ PORT: port() }).HOST;
  // @ts-expect-error a number is no variable
  readEnvironment({ PORT: 3000 });
  // @ts-expect-error not one of the words
  oneOf(['web', 'worker'], 'batch');
  // @ts-expect-error a port is a number
  port('3000');
  // @ts-expect-error only in development
  secret({ generate: 'production' });
});
