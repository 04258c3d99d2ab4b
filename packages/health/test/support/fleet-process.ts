import type { ErrorSummary, FleetSummary } from '@resilient/health';
import { type NodeProcess, spawnNode } from '@resilient/testing';

/** What a process of the fleet is started with. */
export interface FleetPlan {
  readonly url: string;
  readonly schema: string;
  /** One monitor for each. */
  readonly instances: readonly string[];
  readonly everyMs: number;
  readonly goneAfterMs: number;
  /** Times which the limits of 1 s and more are longer than they are, for what a busy machine takes. */
  readonly patience: number;
}

/** What each of its monitors is to record, before the process answers. */
export interface FleetOrder {
  readonly requests?: number;
  /** Of the requests. */
  readonly failures?: number;
  readonly errors?: number;
  /** Asks the database how often alerts were decided, by all processes. */
  readonly countDecisions?: boolean;
  /** Ends in order after that. */
  readonly end?: boolean;
}

/** What it answers, the summaries being those of its first monitor. */
export interface FleetAnswer {
  readonly fleet: FleetSummary;
  readonly local: ErrorSummary;
  /** Notices that were sent by this process, as `instance state`. */
  readonly told: readonly string[];
  /** What was logged of the fleet store. */
  readonly lines: readonly string[];
  readonly decisions?: number;
}

/** A process of the fleet. */
export interface FleetProcess extends AsyncDisposable {
  readonly process: NodeProcess;
  order(order?: FleetOrder): Promise<FleetAnswer>;
}

const FIXTURE = new URL('../fixtures/fleet-instance.ts', import.meta.url);

async function startFleetProcess(plan: FleetPlan): Promise<FleetProcess> {
  const child = await spawnNode(FIXTURE, { args: [JSON.stringify(plan)] });
  await child.next(60_000);
  return {
    process: child,
    async order(order = {}) {
      child.send(order);
      return child.next<FleetAnswer>(60_000);
    },
    [Symbol.asyncDispose]: () => child.close(),
  };
}

/** Processes on one store, ended before what they stand on. */
export interface FleetProcesses extends AsyncDisposable {
  readonly all: readonly FleetProcess[];
  /** Starts one for each list of names, all at once. */
  start(...names: (readonly string[])[]): Promise<FleetProcess[]>;
}

/** Makes processes that write every 300 ms and are gone after 3 s. */
export function fleetProcesses(
  at: { readonly url: string; readonly schema: string },
  patience = 20,
): FleetProcesses {
  const all: FleetProcess[] = [];
  return {
    all,
    start: (...names) =>
      Promise.all(
        names.map(async (instances) => {
          const { url, schema } = at;
          const times = { everyMs: 300, goneAfterMs: 3_000, patience };
          const one = await startFleetProcess({ url, schema, instances, ...times });
          all.push(one);
          return one;
        }),
      ),
    async [Symbol.asyncDispose]() {
      await Promise.all(all.map((one) => one[Symbol.asyncDispose]()));
    },
  };
}
