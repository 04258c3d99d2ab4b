import type { FingerprintRecord } from '../counting/fingerprint-record.ts';
import { fingerprintOf } from './fingerprint.ts';
import { type ErrorFacts, readError } from './read-error.ts';
import { headOf, topFrame } from './stack-frames.ts';

/** What is known of one sort of error, as it comes again and again. */
export interface ErrorIdentity {
  readonly facts: ErrorFacts;
  /** The fingerprint. */
  readonly key: string;
  /** Where it was noted last. */
  record: FingerprintRecord | undefined;
}

/** What an error must look like to be the one that is known: the same type, code, and stack up to its top frame. */
interface Known {
  readonly type: string;
  readonly code: unknown;
  /** Where its message stands in its stack; -1 if it is not there. */
  readonly head: number;
  /** The stack from behind it to the end of its top frame, all of it where there is none of the application. */
  readonly frames: string;
  readonly hasTop: boolean;
  readonly identity: ErrorIdentity;
}

interface ErrorShape {
  readonly name?: unknown;
  readonly message?: unknown;
  readonly code?: unknown;
  readonly stack?: unknown;
}

/** Sorts of errors that are remembered. */
const MAX_KNOWN = 512;
/** What is longer than this is read anew each time. */
const MAX_MESSAGE = 500;
const MAX_TYPE = 100;
const MAX_CODE = 64;
const MAX_FRAMES = 1_000;

const DIGITS = /\d+/g;

/** A piece of a string without the whole of it, which a slice would keep alive. */
const copy = (text: string): string => Buffer.from(text).toString();

/**
 * A fingerprint takes 15 regular expressions and a hash, 10 µs. What came before with the same name, code, message
 * (digits aside) and top frame is told in a twentieth of that.
 */
export class ErrorIdentities {
  /** By message without digits. */
  readonly #known = new Map<string, Known[]>();
  #size = 0;

  /** The identity of whatever was thrown. May throw what a hostile object throws. */
  of(error: unknown): ErrorIdentity {
    let shape: { message: string; stack: string; type: string; code: unknown } | undefined;
    try {
      const { message, stack, name, code } = error as ErrorShape;
      const type = name === 'Error' || name === '' ? (error as object).constructor.name : name;
      if (
        typeof message !== 'string' ||
        typeof stack !== 'string' ||
        typeof type !== 'string' ||
        (code !== undefined && typeof code !== 'string' && typeof code !== 'number') ||
        message.length > MAX_MESSAGE ||
        type.length > MAX_TYPE ||
        (typeof code === 'string' && code.length > MAX_CODE)
      ) {
        return identify(error);
      }
      // Most messages have no digit, and are a key as they are.
      const known = this.#known.get(message) ?? this.#known.get(message.replace(DIGITS, '\0'));
      if (known !== undefined) {
        for (const one of known) if (isLike(one, type, code, message, stack)) return one.identity;
      }
      shape = { message, stack, type, code };
    } catch {
      // `null`, and getters that throw
    }
    const identity = identify(error);
    if (shape !== undefined) this.#learn(identity, shape.message, shape.stack, shape.type, shape.code);
    return identity;
  }

  #learn(identity: ErrorIdentity, message: string, stack: string, type: string, code: unknown): void {
    const head = headOf(stack, message);
    const from = head < 0 ? 0 : head + message.length;
    const line = topFrame(stack, from);
    const frames = line === undefined ? stack.slice(from) : stack.slice(from, line.end);
    if (frames.length > MAX_FRAMES) return;
    if (this.#size >= MAX_KNOWN) {
      this.#known.clear();
      this.#size = 0;
    }
    this.#size += 1;
    const words = copy(message.replace(DIGITS, '\0'));
    const known = this.#known.get(words) ?? [];
    known.push({ type: copy(type), code, head, frames: copy(frames), hasTop: line !== undefined, identity });
    this.#known.set(words, known);
  }
}

function isLike(known: Known, type: string, code: unknown, message: string, stack: string): boolean {
  if (known.type !== type || known.code !== code) return false;
  const { head, frames, hasTop } = known;
  if (head >= 0 && !stack.startsWith(message, head)) return false;
  const from = head < 0 ? 0 : head + message.length;
  const end = from + frames.length;
  return stack.startsWith(frames, from) && (end === stack.length || (hasTop && stack[end] === '\n'));
}

function identify(error: unknown): ErrorIdentity {
  const facts = readError(error);
  return { facts, key: fingerprintOf(facts), record: undefined };
}
