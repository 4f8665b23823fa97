import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openSqliteStore, type Migrations } from './sqlite-store.ts';

type Schema = { notes: { id: number; text: string } };

const first: Migrations = {
  '0001-notes': {
    up: async (db) => {
      await db.schema
        .createTable('notes')
        .addColumn('id', 'integer', (c) => c.primaryKey())
        .addColumn('text', 'text', (c) => c.notNull())
        .execute();
    },
  },
};

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'perigee-store-'));
  path = join(folder, 'data', 'x.sqlite');
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

it('keeps rows over a restart and runs only the new migrations', async () => {
  const store = await openSqliteStore<Schema>({ path, migrations: first });
  await store.db.insertInto('notes').values({ id: 1, text: 'kept' }).execute();
  await store.close();
  await store.close();
  const second: Migrations = {
    ...first,
    '0002-index': {
      up: async (db) => {
        await db.schema.createIndex('notes_text').on('notes').column('text').execute();
      },
    },
  };
  const again = await openSqliteStore<Schema>({ path, migrations: second });
  expect(await again.db.selectFrom('notes').selectAll().execute()).toEqual([
    { id: 1, text: 'kept' },
  ]);
  await again.close();
});

it('is readable by its owner alone, write-ahead log included', async () => {
  const store = await openSqliteStore<Schema>({ path, migrations: first });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(`${path}-wal`).mode & 0o777).toBe(0o600);
  expect(statSync(join(folder, 'data')).mode & 0o777).toBe(0o700);
  await store.close();
});

it('serves one process and says so to the second', async () => {
  const store = await openSqliteStore<Schema>({ path, migrations: first });
  const script = `
    import { openSqliteStore } from ${JSON.stringify(new URL('./sqlite-store.ts', import.meta.url).href)};
    try { await openSqliteStore({ path: ${JSON.stringify(path)}, migrations: {} }); console.log('opened'); }
    catch (error) { console.log(error.code + ' ' + error.problems[0].problem); }`;
  const second = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
  });
  expect(second.stdout).toContain('config is in use by another process');
  await store.close();
});

it('refuses a file that is no database', async () => {
  const wrong = join(folder, 'wrong.sqlite');
  writeFileSync(wrong, 'this is not a database, '.repeat(100));
  await expect(openSqliteStore({ path: wrong, migrations: first })).rejects.toMatchObject({
    code: 'config',
  });
});

it('fails with migration-failed and leaves nothing half done', async () => {
  const broken: Migrations = {
    ...first,
    '0002-broken': {
      up: async (db) => {
        await db.schema.alterTable('notes').addColumn('extra', 'text').execute();
        throw new Error('on purpose');
      },
    },
  };
  await expect(openSqliteStore({ path, migrations: broken })).rejects.toMatchObject({
    code: 'migration-failed',
  });
  const store = await openSqliteStore<Schema>({ path, migrations: first });
  await store.db.insertInto('notes').values({ id: 1, text: 'fine' }).execute();
  await store.close();
});
