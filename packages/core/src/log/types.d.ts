/** One line of a log: an object with facts first, a sentence second, as pino takes them. */
export interface LogLine {
    (facts: object, message?: string): void;
    (message: string): void;
}
/** The part of pino's interface that is used here: any pino instance fits, and so does a small object of your own. */
export interface Logger {
    readonly debug: LogLine;
    readonly info: LogLine;
    readonly warn: LogLine;
    readonly error: LogLine;
    readonly fatal: LogLine;
    child(bindings: Record<string, unknown>): Logger;
}
