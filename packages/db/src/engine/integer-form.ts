/**
 * How whole numbers of 64 bits are given out: `number`, with an error for one beyond 2^53 instead of a wrong one, or
 * `bigint` or `string`, which hold them all.
 */
export type IntegerForm = 'number' | 'bigint' | 'string';
