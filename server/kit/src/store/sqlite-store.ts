// The embedded store: SQLite through Node's own binding, spoken to in kysely's typed SQL so that PostgreSQL can take its place.
import { chmodSync, closeSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { Kysely, SqliteDialect } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import { ConfigError, StoreError } from '../errors.ts';

/** Migrations by name; names begin with a number (`0001-edges`) and are never changed once released. */
export type Migrations = Readonly<Record<string, Migration>>;

export type Store<Schema> = {
  readonly db: Kysely<Schema>;
  /** Ends every use of the file. Idempotent. */
  close(): Promise<void>;
};

export type OpenStoreOptions = {
  /** Path of the database file, or `:memory:`. */
  readonly path: string;
  readonly migrations: Migrations;
};

/**
 * Opens the database (made if missing, file mode 0600, folder 0700) and brings it to the newest schema. The file is locked for this
 * process: the embedded store serves one process, and says so rather than mixing two.
 * @throws {ConfigError} config: another process holds the file, or it cannot be opened
 * @throws {StoreError} migration-failed
 */
export async function openSqliteStore<Schema>(options: OpenStoreOptions): Promise<Store<Schema>> {
  const database = openDatabase(options.path);
  const db = new Kysely<Schema>({
    dialect: new SqliteDialect({
      database: {
        close: () => {
          database.close();
        },
        prepare: (sql) => prepare(database, sql),
      },
    }),
  });
  const migrator = new Migrator({
    db,
    provider: { getMigrations: () => Promise.resolve({ ...options.migrations }) },
  });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) {
    await db.destroy();
    throw new StoreError('migration-failed', { cause: error });
  }
  let closing: Promise<void> | undefined;
  return { db, close: () => (closing ??= db.destroy()) };
}

function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') createPrivateFile(path);
    const database = new DatabaseSync(path, { timeout: 500 });
    database.exec(`
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = NORMAL;
      PRAGMA foreign_keys = ON;
      BEGIN EXCLUSIVE; COMMIT;
    `);
    return database;
  } catch (cause) {
    const isLocked = cause instanceof Error && 'errcode' in cause && cause.errcode === 5;
    const problem = isLocked
      ? 'is in use by another process; stop that one or set PERIGEE_DATA_DIR to another folder'
      : `cannot be opened as a database (${cause instanceof Error ? cause.message : 'unknown'})`;
    throw new ConfigError([{ where: path, problem }], { cause });
  }
}

function createPrivateFile(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // SQLite gives -wal the rights of the file itself, so the file must be private before it is opened.
  closeSync(openSync(path, 'a', 0o600));
  chmodSync(path, 0o600);
}

function prepare(database: DatabaseSync, sql: string) {
  const statement = database.prepare(sql);
  const bind = (parameters: readonly unknown[]) => parameters as SQLInputValue[];
  return {
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]): unknown[] => statement.all(...bind(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...bind(parameters)),
    iterate: (parameters: readonly unknown[]): IterableIterator<unknown> =>
      statement.iterate(...bind(parameters)),
  };
}
