/** Requests that were broken off because their time was up: failures of ours, not clients that went away. */
export const cutByUs: WeakSet<object> = new WeakSet();
