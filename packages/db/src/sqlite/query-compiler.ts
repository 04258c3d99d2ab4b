import { type SelectQueryNode, SqliteQueryCompiler } from '../kysely.ts';

/**
 * Kysely's compiler for SQLite, in which `forUpdate()` and the other row locks, `skipLocked()` and `noWait()` compile to
 * nothing: who writes has the whole database to himself already.
 */
export class PortableQueryCompiler extends SqliteQueryCompiler {
  protected override visitSelectQuery(node: SelectQueryNode): void {
    const kept = node.endModifiers?.filter((modifier) => modifier.rawModifier !== undefined);
    super.visitSelectQuery(
      kept && kept.length < (node.endModifiers?.length ?? 0) ? { ...node, endModifiers: kept } : node,
    );
  }
}
