/** Requests that were answered by our endpoints: they are no traffic, and are not counted as such. */
export const probeRequests: WeakSet<object> = new WeakSet();
