/** How many places of those who have left are kept before they are cleared away. */
const KEPT = 256;

/** A line of those who wait: first come, first served, with the same effort however many there are. */
export class Line<T> implements Iterable<T> {
  #places: (T | undefined)[] = [];
  /** Where the first of those who wait stands; the places before have been left. */
  #head = 0;

  get size(): number {
    return this.#places.length - this.#head;
  }

  /** Who comes next; `undefined` if nobody waits. */
  get first(): T | undefined {
    return this.#places[this.#head];
  }

  push(one: T): void {
    this.#places.push(one);
  }

  /** Takes the first one out. */
  shift(): T | undefined {
    const one = this.first;
    if (this.size > 0) {
      this.#places[this.#head] = undefined; // whatever hangs on one who has left must not be kept
      this.#head += 1;
    }
    if (this.size === 0) this.clear();
    else if (this.#head >= KEPT && this.#head > this.size) this.#dropLeft();
    return one;
  }

  /** Takes out one who gives up; nothing happens if he is not there. */
  remove(one: T): void {
    const at = this.#places.indexOf(one, this.#head);
    if (at >= 0) this.#places.splice(at, 1);
  }

  clear(): void {
    this.#places = [];
    this.#head = 0;
  }

  /** Those who wait now, in their order; they may leave meanwhile. */
  [Symbol.iterator](): IterableIterator<T> {
    return (this.#places.slice(this.#head) as T[]).values();
  }

  #dropLeft(): void {
    this.#places = this.#places.slice(this.#head);
    this.#head = 0;
  }
}
