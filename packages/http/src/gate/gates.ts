import { bounds } from '../defaults.ts';
import { Gate, type GateParts } from './gate.ts';

/** The gates of one name, one for each `rateLimitKey`; there is none where no rate limit was met. */
export class Gates {
  readonly #parts: GateParts;
  readonly #gates = new Map<string, Gate>();

  constructor(parts: GateParts) {
    this.#parts = parts;
  }

  /** The gate of a key if it is closed, or counts who passes. */
  holding(key: string): Gate | undefined {
    if (this.#gates.size === 0) return undefined;
    const gate = this.#gates.get(key);
    return gate && !gate.isFree ? gate : undefined;
  }

  /** The gate of a key, made if there is none. */
  of(key: string): Gate {
    let gate = this.#gates.get(key);
    if (!gate) {
      if (this.#gates.size >= bounds.gates) this.#dropOne();
      gate = new Gate(this.#parts);
      this.#gates.set(key, gate);
    }
    return gate;
  }

  /** A call under a key has succeeded. */
  answered(key: string): void {
    if (this.#gates.size === 0) return;
    const gate = this.#gates.get(key);
    if (!gate) return;
    if (gate.isFree && gate.waiting === 0) this.#gates.delete(key);
    else gate.answered();
  }

  /** Calls that wait at one of them. */
  get waiting(): number {
    let waiting = 0;
    for (const gate of this.#gates.values()) waiting += gate.waiting;
    return waiting;
  }

  shutdown(): void {
    for (const gate of this.#gates.values()) gate.shutdown();
    this.#gates.clear();
  }

  /** The oldest one that nobody waits at. */
  #dropOne(): void {
    for (const [key, gate] of this.#gates) {
      if (gate.waiting === 0) {
        this.#gates.delete(key);
        return;
      }
    }
  }
}
