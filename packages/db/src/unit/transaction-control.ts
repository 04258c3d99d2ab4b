/** What a text does to the transaction that it would run in. */
export interface ControlFound {
  /** The statement that would begin or end a transaction, such as `COMMIT`. */
  readonly refused: string | undefined;
  /** `true` if it rolls back to a savepoint. */
  readonly recovers: boolean;
}

const NOTHING: ControlFound = Object.freeze({ refused: undefined, recovers: false });

/** Most texts have none of these words; the others are read properly. */
const SUSPECT = /\b(?:begin|start|commit|end|rollback|abort|prepare)\b/i;

/** White space, comments, strings of all sorts, quoted names, a word, or any one character. */
const TOKEN =
  /\s+|--[^\n]*|[eE]'(?:[^'\\]|''|\\[\s\S])*'|'(?:[^']|'')*'|"(?:[^"]|"")*"|`[^`]*`|\[[^\]]*\]|\$([A-Za-z_]\w*)?\$[\s\S]*?\$\1\$|\w+|[\s\S]/y;

/** Reads over a block comment, which may hold others; answers where it ends. */
function afterComment(sql: string, start: number): number {
  let depth = 0;
  for (let at = start; at < sql.length - 1; at += 1) {
    const two = sql.slice(at, at + 2);
    if (two === '/*') depth += 1;
    else if (two === '*/') depth -= 1;
    else continue;
    at += 1;
    if (depth === 0) return at + 1;
  }
  return sql.length;
}

/** The first words of each statement of a text, in capitals. */
function openings(sql: string): string[][] {
  const statements: string[][] = [[]];
  let at = 0;
  while (at < sql.length) {
    if (sql.startsWith('/*', at)) {
      at = afterComment(sql, at);
      continue;
    }
    TOKEN.lastIndex = at;
    const token = TOKEN.exec(sql)?.[0] ?? sql.charAt(at);
    at += token.length;
    const words = statements.at(-1) as string[];
    if (token === ';') statements.push([]);
    else if (/^\w+$/.test(token) && words.length < 8) words.push(token.toUpperCase());
  }
  return statements;
}

function refusedIn(words: readonly string[]): string | undefined {
  const [first, second, third] = words;
  if (first === 'BEGIN' || first === 'COMMIT' || first === 'END' || first === 'ABORT') return first;
  if ((first === 'START' || first === 'PREPARE') && second === 'TRANSACTION') return `${first} ${second}`;
  if (first !== 'ROLLBACK') return undefined;
  return second === 'TO' || third === 'TO' ? undefined : first;
}

/** A body in SQL: what follows belongs to it, until an END that would be taken for ours. */
function opensBody(words: readonly string[]): boolean {
  return (
    words[0] === 'CREATE' &&
    words.some((word) => word === 'TRIGGER' || word === 'FUNCTION' || word === 'PROCEDURE')
  );
}

/** Finds statements that begin or end a transaction, also behind others in one text, but not in strings or comments. */
export function findControl(sql: string): ControlFound {
  if (!SUSPECT.test(sql)) return NOTHING;
  let recovers = false;
  for (const words of openings(sql)) {
    const refused = refusedIn(words);
    if (refused) return { refused, recovers };
    if (words[0] === 'ROLLBACK') recovers = true;
    if (opensBody(words)) break;
  }
  return { refused: undefined, recovers };
}
