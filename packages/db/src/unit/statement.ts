import type { CompiledQuery } from '../kysely.ts';

/** The few fields of Kysely's operation nodes that name a table. */
interface NodeLike {
  readonly kind?: string;
  readonly into?: NodeLike;
  readonly table?: NodeLike;
  readonly from?: NodeLike;
  readonly froms?: readonly NodeLike[];
  readonly node?: NodeLike;
  readonly identifier?: NodeLike;
  readonly name?: string;
}

const VERBS: Readonly<Record<string, string>> = {
  SelectQueryNode: 'select from',
  InsertQueryNode: 'insert into',
  UpdateQueryNode: 'update',
  DeleteQueryNode: 'delete from',
  MergeQueryNode: 'merge into',
};

/** The name behind tables, aliases and lists of them; nothing of a deeper query. */
function tableOf(node: NodeLike | undefined, depth = 0): string | undefined {
  if (!node || depth > 12) return undefined;
  if (typeof node.name === 'string') return node.name;
  return tableOf(
    node.into ?? node.table ?? node.from ?? node.froms?.[0] ?? node.identifier ?? node.node,
    depth + 1,
  );
}

/** What a statement does and to which table, such as `insert into student`; never its parameters or its text. */
export function describeStatement(query: CompiledQuery): string {
  const node = query.query as NodeLike;
  const verb = VERBS[node.kind ?? ''];
  if (verb) return `${verb} ${tableOf(node) ?? '…'}`;
  const word = /^[\s(]*([a-z]+)/i.exec(query.sql)?.[1]?.toLowerCase();
  return word ? `${word} …` : 'a statement';
}
