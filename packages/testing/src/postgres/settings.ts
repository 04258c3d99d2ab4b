import { refuse } from '@resilient/core';
import { outOfRange } from '../options/refusals.ts';

/** Server settings by name, as in postgresql.conf. */
export type PostgresSettings = Readonly<Record<string, string | number | boolean>>;

/** Nothing is kept over a power cut: the data of a test is worth nothing, and syncing it costs most of the time. */
const DEFAULTS = { fsync: 'off', full_page_writes: 'off', timezone: 'UTC', log_timezone: 'UTC' };

const FIXED = ['listen_addresses', 'port', 'unix_socket_directories', 'data_directory'];

/**
 * The settings over the defaults, as texts.
 *
 * @throws TypeError or RangeError for what is no setting, and for one that decides where the server listens.
 */
export const checkSettings = (settings: unknown): Record<string, string> => {
  if (typeof settings !== 'object' || settings === null) {
    throw refuse('settings', 'an object of server settings', settings);
  }
  const texts: Record<string, string> = { ...DEFAULTS };
  for (const [name, value] of Object.entries(settings)) {
    if (!/^[a-z_][\w.]*$/i.test(name) || FIXED.includes(name.toLowerCase())) {
      throw outOfRange('settings', `names of settings other than ${FIXED.join(', ')}`, name);
    }
    if (!['string', 'number', 'boolean'].includes(typeof value)) {
      throw refuse(`settings.${name}`, 'a string, number or boolean', value);
    }
    texts[name] = typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value);
  }
  return texts;
};
