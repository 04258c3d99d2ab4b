/** Where the application is in its life. */
export type Lifecycle = 'starting' | 'running' | 'draining';
