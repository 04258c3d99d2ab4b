/** Words that neither a question nor an answer may hold: the users are children. */
const BLOCKED = /\b(?:kill|gun|drug|suicide|naked|address|phone number|password)s?\b/i;

/** What goes to and comes from the tutor passes here; `undefined` is a text that must not go on. */
export function moderate(text: string): string | undefined {
  return BLOCKED.test(text) ? undefined : text.trim();
}
