import type { Ask, TextRow } from '../settle/ask.ts';
import {
  abilitiesOf,
  identityOf,
  NO_ABILITIES,
  type ServerAbilities,
  type ServerIdentity,
} from '../settle/server.ts';
import type { Lease } from './lease.ts';
import type { PgClient } from './pg.ts';
import { sqlStateOf } from './sql-state.ts';

/** So many lives of servers are remembered; a pool meets a new one only when a server restarts. */
const REMEMBERED = 16;

/** What a pool knows of its servers; learned outside of transactions. */
export class ServerKnowledge {
  readonly #servers = new Map<string, ServerIdentity>();
  /** `undefined` for a client that leads to a pooler, behind which the server may change. */
  readonly #behind = new WeakMap<PgClient, ServerIdentity | undefined>();
  #abilities: ServerAbilities | undefined;
  #standby = false;

  /** `true` if transactions get a number: never on a standby, which may be promoted. */
  get numbered(): boolean {
    return this.abilities.numbered && !this.#standby;
  }

  /** What server and role allow. */
  get abilities(): ServerAbilities {
    return this.#abilities ?? NO_ABILITIES;
  }

  /** `false` until the first server has been looked at. */
  get known(): boolean {
    return this.#abilities !== undefined;
  }

  /** The server behind a fingerprint; `undefined` for one that has not been met outside of a unit. */
  serverOf(fingerprint: string | undefined): ServerIdentity | undefined {
    return fingerprint === undefined ? undefined : this.#servers.get(fingerprint);
  }

  /**
   * The server at the end of a connection, which does not outlive it; `undefined` where a pooler is in between, so that
   * each unit must ask.
   */
  serverBehind(client: PgClient): ServerIdentity | undefined {
    return this.#behind.get(client);
  }

  /** Tells whether there is nothing new to learn from a connection. */
  knows({ client }: Lease): boolean {
    return this.#behind.has(client) && !this.#standby;
  }

  /** Looks at the server behind a connection. Rejects if the connection is lost. */
  async learn(lease: Lease): Promise<void> {
    const { client } = lease;
    const ask: Ask = async (text, values) => (await lease.query(text, values)).rows as readonly TextRow[];
    const server = await this.learnFrom(ask, (error) => sqlStateOf(error) === undefined || lease.broken);
    this.#behind.set(client, server?.pid === client.processID ? server : undefined);
  }

  /**
   * Finds out, outside of a transaction, what a server allows and which one it is; `undefined` for one that does not tell,
   * another engine with other functions. Rejects with an error by which the connection `isLost`.
   */
  async learnFrom(ask: Ask, isLost: (error: unknown) => boolean): Promise<ServerIdentity | undefined> {
    try {
      this.#abilities ??= await abilitiesOf(ask);
      return this.#abilities.numbered ? await this.meet(ask) : undefined;
    } catch (error) {
      if (isLost(error)) throw error;
      this.#abilities ??= NO_ABILITIES;
      return undefined;
    }
  }

  /** Asks a server that numbers transactions for its name, and remembers it. */
  async meet(ask: Ask): Promise<ServerIdentity> {
    const server = await identityOf(ask, this.abilities);
    this.#standby = server.standby;
    this.#servers.set(server.fingerprint, server);
    for (const [oldest] of this.#servers) {
      if (this.#servers.size <= REMEMBERED) break;
      this.#servers.delete(oldest);
    }
    return server;
  }
}
