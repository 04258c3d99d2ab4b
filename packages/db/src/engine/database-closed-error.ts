/** What a unit is told whose connection was taken away because the database was closed. */
export class DatabaseClosedError extends Error {
  constructor() {
    super('the database was closed before the unit of work had ended');
    this.name = 'DatabaseClosedError';
  }
}
