/** A rule of units of work was broken by the program; its message is in our own words, so that it may be shown. */
export class UnitRuleError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'UnitRuleError';
  }
}
