import type { Socket } from 'node:net';
import type { ByteMatcher } from './byte-pattern.ts';
import { createCutRule, type LiveCutRule, type ProxyDirection } from './cut-rule.ts';
import { Lane } from './lane.ts';
import { type LinkFaults, layerFaults, setDelay, setRate } from './link-faults.ts';
import type { TcpProxyConnection } from './tcp-proxy-types.ts';

/** What a connection shares with the others of its proxy. */
export interface ProxyState {
  readonly faults: LinkFaults;
  readonly rules: readonly LiveCutRule[];
  readonly random: () => number;
  count(direction: ProxyDirection, bytes: number): void;
  /** A fault ended a connection. */
  countCut(): void;
}

/** A connection as its proxy sees it. */
export interface LiveConnection extends TcpProxyConnection {
  /** Lets a rule look at what passes from now on. */
  watch(rule: LiveCutRule): void;
  /** Forwards what a fault held back, after it was changed. */
  pump(): void;
  /** Destroys both ends, also those that only wait for the other side to finish. */
  destroy(): void;
}

interface Side {
  readonly source: Socket;
  readonly target: Socket;
  readonly watched: { readonly rule: LiveCutRule; readonly match: ByteMatcher }[];
  bytes: number;
  /** The rule of the other direction that cuts at the first byte of this one. */
  cutsAnswer: LiveCutRule | undefined;
  halfClosed: boolean;
}

const sideOf = (source: Socket, target: Socket): Side => ({
  source,
  target,
  watched: [],
  bytes: 0,
  cutsAnswer: undefined,
  halfClosed: false,
});

/** Where in the chunk the first rule cuts. All of them see the chunk. */
const firstCut = (side: Side, chunk: Buffer): { at: number; rule: LiveCutRule } | undefined => {
  let first: { at: number; rule: LiveCutRule } | undefined;
  for (const { rule, match } of side.watched) {
    const found = match(chunk);
    if (found === undefined || !rule.armed) continue;
    const after = found.exact === true ? found.end : chunk.length;
    const at = rule.when === 'before' ? Math.max(0, found.start) : after;
    if (first === undefined || at < first.at) first = { at, rule };
  }
  return first;
};

/** Joins a client to its upstream. */
export const joinSockets = (
  id: number,
  client: Socket,
  upstream: Socket,
  state: ProxyState,
): LiveConnection => {
  const own: LinkFaults = {};
  const effective = layerFaults(own, state.faults, state.random);
  const sides = { 'to-upstream': sideOf(client, upstream), 'to-client': sideOf(upstream, client) };
  let open = true;

  const end = (): boolean => {
    if (!open) return false;
    open = false;
    for (const lane of Object.values(lanes)) lane.close();
    return true;
  };
  const resetBoth = (): void => {
    client.resetAndDestroy();
    upstream.resetAndDestroy();
  };
  /** Ends the other side in order: what it got it may work off, and its answers are dropped. */
  const leave = (gone: Socket, finishing: Socket): void => {
    gone.resetAndDestroy();
    if (finishing === client) finishing.destroySoon();
    else finishing.end();
  };
  /** Cuts behind what was forwarded in this direction. */
  const cutBy = (rule: LiveCutRule, { source, target }: Side): void => {
    if (rule.when === 'before') resetBoth();
    else leave(source, target);
    rule.fire();
  };
  const forward = (direction: ProxyDirection, chunk: Buffer): boolean => {
    const side = sides[direction];
    const other = sides[direction === 'to-client' ? 'to-upstream' : 'to-client'];
    if (side.halfClosed) return true;
    if (side.cutsAnswer !== undefined) {
      end();
      state.countCut();
      cutBy(side.cutsAnswer, other);
      return false;
    }
    const found = firstCut(side, chunk);
    const part = found === undefined ? chunk : chunk.subarray(0, found.at);
    side.bytes += part.length;
    state.count(direction, part.length);
    if (found === undefined) return side.target.write(part) || true;
    found.rule.claim();
    if (found.rule.when === 'answer') {
      other.cutsAnswer = found.rule;
      return side.target.write(part) || true;
    }
    end();
    state.countCut();
    if (part.length === 0) cutBy(found.rule, side);
    else side.target.write(part, () => cutBy(found.rule, side));
    return false;
  };
  const laneOf = (direction: ProxyDirection): Lane => {
    const { source, target } = sides[direction];
    return new Lane(source, target, effective, {
      forward: (chunk) => forward(direction, chunk),
      finish: () => void target.end(),
      reset: () => {
        end();
        resetBoth();
      },
    });
  };
  const lanes = { 'to-upstream': laneOf('to-upstream'), 'to-client': laneOf('to-client') };
  const pump = (): void => {
    for (const lane of Object.values(lanes)) lane.pump();
  };
  const watch = (rule: LiveCutRule): void => {
    sides[rule.direction].watched.push({ rule, match: rule.newMatcher() });
  };
  for (const rule of state.rules) if (rule.armed) watch(rule);
  let closedSockets = 0;
  for (const socket of [client, upstream]) {
    socket.setNoDelay(true);
    socket.once('close', () => ++closedSockets === 2 && end());
  }

  return {
    id,
    clientPort: client.remotePort ?? 0,
    get open() {
      return open;
    },
    get bytesUp() {
      return sides['to-upstream'].bytes;
    },
    get bytesDown() {
      return sides['to-client'].bytes;
    },
    cut() {
      if (!end()) return 0;
      state.countCut();
      resetBoth();
      return 1;
    },
    reset() {
      if (!end()) return 0;
      state.countCut();
      leave(client, upstream);
      return 1;
    },
    cutAfter(pattern, options) {
      const rule = createCutRule(pattern, options);
      watch(rule);
      return rule;
    },
    halfClose(direction = 'to-client') {
      sides[direction].halfClosed = true;
      sides[direction].target.end();
    },
    blackhole(on = true) {
      own.blackhole = on;
      pump();
    },
    delay: (ms, jitterMs) => setDelay(own, ms, jitterMs),
    throttle: (bytesPerSecond) => setRate(own, bytesPerSecond),
    watch,
    pump,
    destroy() {
      end();
      client.destroy();
      upstream.destroy();
    },
  };
};
