/** White space, comments and brackets before the first word. */
const LEADING_NOISE = /^(?:[\s;(]+|--[^\n]*|\/\*(?:[^*]|\*(?!\/))*\*\/)+/;

/**
 * Tells whether a text may travel with BEGIN. COPY may not: the server then waits for data in the middle of the trip,
 * and the connection dies (08P01). Several statements in one text are found by the server's answer.
 */
export function mayTravelWithBegin(text: string): boolean {
  const first = /^[a-z]+/i.exec(text.replace(LEADING_NOISE, ''))?.[0];
  if (first === undefined) return false;
  // a comment inside a comment hides the first word
  return /^copy$/i.test(first) ? false : !(/^\s*\/\*/.test(text) && /\bcopy\b/i.test(text));
}

/** Several statements in one text, which the extended protocol refuses before it runs any of them. */
export function isSeveralStatements(error: unknown): boolean {
  const { code, routine } = error as { code?: unknown; routine?: unknown };
  return code === '42601' && (routine === undefined || routine === 'exec_parse_message');
}
