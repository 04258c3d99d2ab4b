/** Words that neither a question nor an answer may hold, in any of their forms: the users are children. */
const BLOCKED = /\b(?:kill|gun|drug|suicide|naked|address|phone\s+number|password)(?:s|es|ed|er|ing)?\b/i;

/** Characters that are not seen and would hide a word. */
const INVISIBLE = /\p{Cf}/gu;

/** What goes to and comes from the tutor passes here; `undefined` is a text that must not go on. */
export function moderate(text: string): string | undefined {
  return BLOCKED.test(text.normalize('NFKC').replace(INVISIBLE, '')) ? undefined : text.trim();
}
