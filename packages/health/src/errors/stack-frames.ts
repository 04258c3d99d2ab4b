import { peek } from '@resilient/core';

/** No more of a stack is looked at. */
const READ = 8_000;

/** Where the message stands in a stack; -1 if it is not at its head. Its lines may look like frames themselves. */
export function headOf(stack: string, message: unknown): number {
  const start = typeof message === 'string' ? stack.indexOf(message) : -1;
  return start === 0 || (start > 0 && stack.lastIndexOf('\n', start - 1) < 0) ? start : -1;
}

function framesFrom(stack: string, message: unknown): number {
  const head = headOf(stack, message);
  return head < 0 ? 0 : head + (message as string).length;
}

const isForeign = (line: string): boolean =>
  line.includes('node_modules') || line.includes('node:') || line.includes('<anonymous>');

/** The first line of a stack that is the application's, as V8 wrote it, and where it ends. */
export function topFrame(
  stack: string,
  from: number,
): { readonly line: string; readonly end: number } | undefined {
  let at = stack.indexOf('\n    at ', from);
  while (at >= 0 && at - from < READ) {
    const next = stack.indexOf('\n', at + 1);
    const end = next < 0 ? stack.length : next;
    const line = stack.slice(at + 1, end);
    if (!isForeign(line)) return { line, end };
    at = stack.indexOf('\n    at ', end);
  }
  return undefined;
}

function workingDirectory(): string {
  try {
    return process.cwd();
  } catch {
    return '\0'; // it was removed
  }
}

/** A frame as it is shown: `at …`, its path relative to the working directory. */
const shown = (line: string, here: string): string =>
  line.trim().replaceAll('file://', '').replaceAll(`${here}/`, '');

/** The lines of a stack, at most 30, each `at …` with paths relative to the working directory; never the message. */
export function stackLines(error: unknown): string[] {
  const stack = peek(error, 'stack');
  if (typeof stack !== 'string') return [];
  const from = framesFrom(stack, peek(error, 'message'));
  const here = workingDirectory();
  return stack
    .slice(from, from + READ)
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 30)
    .map((line) => shown(line, here));
}

/** The frame of the application in which an error was made, without `at`: `buy (src/shop.ts:10:5)`. */
export function applicationFrame(error: unknown): string | undefined {
  const stack = peek(error, 'stack');
  if (typeof stack !== 'string') return undefined;
  const top = topFrame(stack, framesFrom(stack, peek(error, 'message')));
  return top === undefined ? undefined : shown(top.line, workingDirectory()).slice(3, 300);
}
