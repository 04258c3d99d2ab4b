import Sqlite from 'better-sqlite3';

/**
 * A process of its own that holds the write lock of a SQLite file: `lock-holder.ts FILE MILLISECONDS`. It is for trying
 * out what the site does meanwhile.
 */
const [file = '', ms = '5000'] = process.argv.slice(2);
const handle = new Sqlite(file, { timeout: 10_000 });
handle.exec('begin immediate');
setTimeout(() => {
  handle.exec('rollback');
  handle.close();
}, Number(ms));
