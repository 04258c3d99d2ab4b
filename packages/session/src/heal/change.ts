/** Takes a key away, or gives it a value of its own, whatever stood there and whatever it inherits. */
export function change(session: object, name: string, value?: unknown): void {
  const done =
    value === undefined
      ? Reflect.deleteProperty(session, name)
      : Reflect.defineProperty(session, name, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
  if (!done) throw new TypeError(`expected \`session\` to be changeable, got one whose \`${name}\` is fixed`);
}
