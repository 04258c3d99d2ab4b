/** Own keys that turn an object into something else; removed wherever they are met. */
export const PROTOTYPE_NAMES: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

/** Methods of session hosts that a stored row must not put out of work. */
export const HOST_METHODS: readonly string[] = ['save', 'regenerate', 'destroy', 'touch', 'reload'];

/** Where a session keeps the version of the shape that it was written by. */
export const VERSION_KEY = '_v';

/** Where a stored session keeps its seal. */
export const SEAL_KEY = '_s';

/** Names that a shape cannot give to a key of its own: the hosts and this package use them. */
export const RESERVED_NAMES: ReadonlySet<string> = new Set([
  ...PROTOTYPE_NAMES,
  ...HOST_METHODS,
  VERSION_KEY,
  SEAL_KEY,
  'cookie',
  'encryptedSessionId',
  'get',
  'id',
  'isModified',
  'isSaved',
  'options',
  'req',
  'resetMaxAge',
  'sessionId',
  'set',
  'toJSON',
]);
