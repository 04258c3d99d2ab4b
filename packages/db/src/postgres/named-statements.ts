import type { PgClient } from './pg.ts';

/** How a text of ours is sent on a connection. */
export interface NamedText {
  readonly text: string;
  /** Under which name the connection keeps it; `undefined` for a text that is not kept. */
  readonly name: string | undefined;
  /** `true` if it is kept already. */
  readonly prepared: boolean;
}

/**
 * The few texts that first trips are made of, prepared once on each connection: to parse and plan them each time costs
 * the server more than to run them. Only where a connection leads to the server itself.
 */
export class NamedStatements {
  readonly #names = new Map<string, string>();
  /** `false` for one that was sent without an answer: nobody knows whether the server has it. */
  readonly #kept = new WeakMap<PgClient, Map<string, boolean>>();

  /** How the text is to be sent now. */
  use(client: PgClient, text: string): NamedText {
    let kept = this.#kept.get(client);
    if (!kept) {
      kept = new Map();
      this.#kept.set(client, kept);
    }
    const state = kept.get(text);
    if (state === false) return unnamed(text);
    const name = this.#nameOf(text);
    if (state === undefined) kept.set(text, false);
    return { text, name, prepared: state === true };
  }

  /** The server has run it. */
  confirm(client: PgClient, { name, text, prepared }: NamedText): void {
    if (name !== undefined && !prepared) this.#kept.get(client)?.set(text, true);
  }

  /** The server has not looked at it, because something in front of it failed. */
  skipped(client: PgClient, { name, text, prepared }: NamedText): void {
    if (name !== undefined && !prepared) this.#kept.get(client)?.delete(text);
  }

  #nameOf(text: string): string {
    const known = this.#names.get(text);
    if (known !== undefined) return known;
    const name = `resilient_${this.#names.size + 1}`;
    this.#names.set(text, name);
    return name;
  }
}

/** A text that is parsed each time. */
export function unnamed(text: string): NamedText {
  return { text, name: undefined, prepared: false };
}
