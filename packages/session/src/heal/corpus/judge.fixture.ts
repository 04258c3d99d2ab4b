import { canonicalText } from '../../text/canonical-text.ts';
import { type Asked, AUTHORITY, IDENTITY, LEAST, OLD_NAME, VERSION } from './corpus-shape.fixture.ts';

const own = (from: unknown, name: string): unknown =>
  typeof from === 'object' && from !== null ? Object.getOwnPropertyDescriptor(from, name)?.value : undefined;

const same = (a: unknown, b: unknown): boolean => a !== undefined && canonicalText(a) === canonicalText(b);

/** Written anew, so that the judge does not ask the code that it judges. */
function isOlder(row: unknown): boolean {
  const version = own(row, '_v');
  return !(
    typeof version === 'number' &&
    Number.isInteger(version) &&
    version >= VERSION &&
    version <= 2 ** 53 - 1
  );
}

const isStored = (row: unknown, name: string, value: unknown): boolean =>
  same(value, own(row, name)) ||
  (name === 'userId' && isOlder(row) && own(row, 'userId') === undefined && same(value, own(row, OLD_NAME)));

/**
 * What healing promises, against the row that it was given: answers each promise that was broken. `after` is read key by
 * key, as a handler does.
 */
export function brokenPromises(
  row: unknown,
  after: Readonly<Record<string, unknown>>,
  asked: readonly Asked[] = [],
): string[] {
  const broken: string[] = [];
  const identity = Object.fromEntries(IDENTITY.map((name) => [name, after[name]]));
  for (const name of IDENTITY) {
    if (after[name] !== undefined && !isStored(row, name, after[name])) broken.push(`${name} was invented`);
  }
  const isIntact = IDENTITY.every((name) => after[name] !== undefined);
  for (const name of AUTHORITY) {
    const value = after[name];
    if (value === undefined || same(value, LEAST[name])) continue;
    const isRestored = asked.some(
      (one) => one.key === name && same(one.answer, value) && same(one.identity, identity),
    );
    if (!isIntact) broken.push(`${name} stands without an identity`);
    else if (!isRestored && !isStored(row, name, value)) broken.push(`${name} was invented`);
  }
  return broken;
}
