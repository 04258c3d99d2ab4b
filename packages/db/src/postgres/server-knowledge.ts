import type { TextRow } from '../settle/ask.ts';
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
    const ask = async (text: string, values: readonly unknown[]): Promise<readonly TextRow[]> =>
      (await lease.query(text, values)).rows as readonly TextRow[];
    try {
      this.#abilities ??= await abilitiesOf(ask);
      const server = this.#abilities.numbered ? await identityOf(ask, this.#abilities) : undefined;
      this.#behind.set(client, server?.pid === client.processID ? server : undefined);
      if (server) this.#met(server);
    } catch (error) {
      if (sqlStateOf(error) === undefined || lease.broken) throw error;
      this.#abilities ??= NO_ABILITIES; // another engine, with other functions
      this.#behind.set(client, undefined);
    }
  }

  #met(server: ServerIdentity): void {
    this.#standby = server.standby;
    this.#servers.set(server.fingerprint, server);
    for (const [oldest] of this.#servers) {
      if (this.#servers.size <= REMEMBERED) break;
      this.#servers.delete(oldest);
    }
  }
}
