import { checkNumber } from '@resilient/core';

/** What slows or stops the bytes of a connection; `undefined` leaves it to the proxy as a whole. */
export interface LinkFaults {
  blackhole?: boolean;
  delay?: { readonly ms: number; readonly jitterMs: number };
  bytesPerSecond?: number;
}

/** Sets a delay, checked. */
export const setDelay = (faults: LinkFaults, ms: number, jitterMs = 0): void => {
  faults.delay = { ms: checkNumber('ms', ms), jitterMs: checkNumber('jitter', jitterMs) };
};

/** Sets a rate, checked. */
export const setRate = (faults: LinkFaults, bytesPerSecond: number): void => {
  faults.bytesPerSecond = checkNumber('bytesPerSecond', bytesPerSecond, {
    exclusiveMin: true,
    infinity: true,
  });
};

/** The faults of one connection over those of the proxy. */
export interface EffectiveFaults {
  readonly blackhole: boolean;
  /** Milliseconds for the next chunk. */
  nextDelayMs(): number;
  readonly bytesPerSecond: number;
}

/** Reads through to both at every look: a fault set later holds for what is under way. */
export const layerFaults = (own: LinkFaults, shared: LinkFaults, random: () => number): EffectiveFaults => ({
  get blackhole() {
    return own.blackhole ?? shared.blackhole ?? false;
  },
  nextDelayMs() {
    const delay = own.delay ?? shared.delay;
    return delay === undefined ? 0 : delay.ms + delay.jitterMs * random();
  },
  get bytesPerSecond() {
    return own.bytesPerSecond ?? shared.bytesPerSecond ?? Infinity;
  },
});
