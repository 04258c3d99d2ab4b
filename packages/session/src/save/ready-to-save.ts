import { pendingAt, pendingsOf, show } from '../defaults/pending.ts';
import { storeChangedDefaults } from '../defaults/pending-defaults.ts';
import { change } from '../heal/change.ts';

/**
 * Makes a session what its host may compare and save: defaults that were changed in place become ordinary properties,
 * and what was healed for the request only is put back as it was stored, unless the handler assigned it or changed it in
 * place. Answers a function that shows the healed values again, for a session that is used after it was saved.
 */
export function readyToSave(session: object): () => void {
  storeChangedDefaults(session);
  const held = [...pendingsOf(session)].filter(
    ([name, { original }]) => original !== undefined && pendingAt(session, name) !== undefined,
  );
  for (const [name, { original }] of held) change(session, name, original?.value);
  return () => {
    for (const [name, pending] of held) {
      const property = Object.getOwnPropertyDescriptor(session, name);
      if (property !== undefined && Object.is(property.value, pending.original?.value))
        show(session, name, pending);
    }
  };
}
