function notChangeable(name: string): TypeError {
  return new TypeError(`expected \`session\` to be changeable, got one whose \`${name}\` is fixed`);
}

/** Tells whether an assignment does nothing but put another value in the place of one. */
function isOrdinary(session: object, name: string): boolean {
  const property = Object.getOwnPropertyDescriptor(session, name);
  return property?.writable === true && property.enumerable === true && property.configurable === true;
}

/** Takes a key away. */
export function remove(session: object, name: string): void {
  if (!Reflect.deleteProperty(session, name)) throw notChangeable(name);
}

/** Takes a key away, or gives it a value of its own, whatever stood there and whatever it inherits. */
export function change(session: object, name: string, value?: unknown): void {
  if (value === undefined) {
    remove(session, name);
    return;
  }
  if (isOrdinary(session, name)) {
    (session as Record<string, unknown>)[name] = value; // takes a tenth of what a descriptor does
    return;
  }
  const property = { value, writable: true, enumerable: true, configurable: true };
  if (!Reflect.defineProperty(session, name, property)) throw notChangeable(name);
}

/** Gives a key that is enumerable another value: {@link change} where an assignment does not do it. */
export function replace(session: object, name: string, value: unknown): void {
  const keyed = session as Record<string, unknown>;
  try {
    keyed[name] = value;
    if (keyed[name] === value) return;
  } catch {
    // fixed, or a getter alone
  }
  change(session, name, value);
}
