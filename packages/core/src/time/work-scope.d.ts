/**
 * What a piece of work is given: its `signal` and its `deadline`. The controller behind `signal` is made, and linked
 * to the caller's signal by one listener, only when `signal` is first read: most work never reads it.
 */
export declare class WorkScope {
    #private;
    /** The instant, on the clock's scale, after which nothing of this work is running; `Infinity` for none. */
    readonly deadline: number;
    constructor(deadline: number, parent?: AbortSignal);
    /** Aborted when time is up or the caller gives up; its reason says which. */
    get signal(): AbortSignal;
    /** Tells the work to stop, with a reason; only the first one counts. */
    abort(reason: unknown): void;
    /** Takes the listener off the caller's signal: the work is over. */
    release(): void;
}
