import { RESPAWN_INITIAL_MS, RESPAWN_MAX_MS } from '../defaults.ts';

/** How long to wait before the worker that replaces the `deaths`th dead one, in milliseconds. */
export function respawnDelayMs(deaths: number): number {
  return Math.min(RESPAWN_MAX_MS, RESPAWN_INITIAL_MS * 2 ** deaths);
}
