/** Requests that were answered by our endpoints: they are no traffic, and are not counted as such. */
export const ownRequests: WeakSet<object> = new WeakSet();
