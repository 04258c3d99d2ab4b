import type { Engine } from '../engine/engine.ts';
import type { Gate } from '../unit/gate.ts';
import type { HandleEngine } from './handle-engine.ts';

/** What `safeCommit` was given to commit to, understood. */
export type UnitTarget =
  | {
      readonly engine: Engine;
      /** What `work` is given: whatever it sends passes the gate. */
      readonly handleOn: (gate: Gate) => unknown;
    }
  | { readonly synchronous: HandleEngine };
