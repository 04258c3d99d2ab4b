import type { TextRow } from '../settle/ask.ts';
import {
  abilitiesOf,
  identityOf,
  NO_ABILITIES,
  type ServerAbilities,
  type ServerIdentity,
} from '../settle/server.ts';
import type { Lease } from './lease.ts';
import { sqlStateOf } from './sql-state.ts';

/** So many lives of servers are remembered; a pool meets a new one only when a server restarts. */
const REMEMBERED = 16;

/** What a pool knows of its servers; learned outside of transactions. */
export class ServerKnowledge {
  #abilities: ServerAbilities | undefined;
  #standby = false;
  readonly #servers = new Map<string, ServerIdentity>();

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

  /** Looks at the server behind a connection that is new, or the first. Rejects if the connection is lost. */
  async learn(lease: Lease): Promise<void> {
    if (!lease.fresh && this.#abilities && !this.#standby) return;
    const ask = async (text: string, values: readonly unknown[]): Promise<readonly TextRow[]> =>
      (await lease.query(text, values)).rows as readonly TextRow[];
    try {
      this.#abilities ??= await abilitiesOf(ask);
      if (!this.#abilities.numbered) return;
      const server = await identityOf(ask, this.#abilities);
      this.#servers.set(server.fingerprint, server);
      for (const [oldest] of this.#servers) {
        if (this.#servers.size <= REMEMBERED) break;
        this.#servers.delete(oldest);
      }
      this.#standby = server.standby;
    } catch (error) {
      if (sqlStateOf(error) === undefined || lease.broken) throw error;
      this.#abilities ??= NO_ABILITIES; // another engine, with other functions
    }
  }
}
