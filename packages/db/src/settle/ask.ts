/** A row whose columns come as text. */
export type TextRow = Readonly<Record<string, string | null>>;

/** Asks a server something; rejects with the driver's error. */
export type Ask = (text: string, values: readonly unknown[]) => Promise<readonly TextRow[]>;
