import { type Field, makeField } from './make-field.ts';

const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;

/**
 * A date as the text that `toISOString` makes and JSON keeps, such as `2030-01-31T12:00:00.000Z`. A `Date` itself is
 * refused: it comes back from the store as text.
 */
export function date(): Field<string> {
  return makeField((value) => {
    if (typeof value !== 'string' || !ISO.test(value)) return false;
    const parsed = new Date(value);
    return !Number.isNaN(parsed.getTime()) && parsed.toISOString() === value; // the 31st of February is none
  }, 'a date as the text of toISOString');
}
