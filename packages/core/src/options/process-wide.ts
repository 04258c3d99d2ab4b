/**
 * One value for all installed copies of this package in a thread, made by the first that asks for it. The name carries
 * a version: a value of another shape takes another name.
 */
export function processWide<T>(name: string, make: () => T): T {
  const holder = globalThis as unknown as Record<symbol, T | undefined>;
  const key = Symbol.for(`@resilient/core/${name}`);
  holder[key] ??= make();
  return holder[key];
}
