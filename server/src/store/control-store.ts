import { join } from 'node:path';
import { openSqliteStore } from '@perigee/kit';
import { createEdgeRows, type EdgeRows } from './edge-rows.ts';
import { migrations } from './migrations.ts';
import type { ControlSchema } from './schema.ts';
import { createSessionRows, type SessionRows } from './session-rows.ts';
import { createTitleRows, type TitleRows } from './title-rows.ts';

/** The control plane's truth. Owned by whoever opened it. */
export type ControlStore = {
  readonly edges: EdgeRows;
  readonly titles: TitleRows;
  readonly sessions: SessionRows;
  /** Idempotent. */
  close(): Promise<void>;
};

export type OpenControlStoreOptions = {
  /** Folder of the database file `control.sqlite`; null keeps everything in memory. */
  readonly dataDir: string | null;
  /** Wall clock, Unix ms. */
  readonly wallMs?: () => number;
};

/**
 * Opens the embedded store and brings it to the newest schema.
 * @throws {ConfigError} config: the file is in use or cannot be opened
 * @throws {StoreError} migration-failed
 */
export async function openControlStore(options: OpenControlStoreOptions): Promise<ControlStore> {
  const path = options.dataDir === null ? ':memory:' : join(options.dataDir, 'control.sqlite');
  const wallMs = options.wallMs ?? Date.now;
  const { db, ...store } = await openSqliteStore<ControlSchema>({ path, migrations });
  return {
    edges: createEdgeRows(db, wallMs),
    titles: createTitleRows(db),
    sessions: createSessionRows(db, wallMs),
    close: () => store.close(),
  };
}
