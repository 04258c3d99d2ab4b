import { checkNumber, refuse } from '@resilient/core';
import type { FleetStore } from './fleet-store.ts';

/**
 * Answers the store if it is one.
 *
 * @throws TypeError or RangeError naming the option
 */
export function checkFleetStore(fleet: FleetStore): FleetStore {
  const given: Partial<FleetStore> | null = fleet;
  for (const name of ['write', 'instances', 'hours', 'decide'] as const) {
    if (typeof given?.[name] !== 'function') throw refuse('fleet', 'a store of createFleetStore', fleet);
  }
  checkNumber('fleet.everyMs', fleet.everyMs, { min: 1 });
  checkNumber('fleet.goneAfterMs', fleet.goneAfterMs, { min: 1 });
  return fleet;
}
