// Numbered, in order, never changed once released. Written in the schema builder, so that PostgreSQL runs the same ones.
import type { Kysely } from 'kysely';
import type { Migrations } from '@perigee/kit';

export const migrations: Migrations = {
  '0001-edges-titles-sessions': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('edges')
        .addColumn('edge_node_id', 'text', (c) => c.primaryKey())
        .addColumn('public_key_hex', 'text', (c) => c.notNull().unique())
        .addColumn('admitted_at_ms', 'bigint', (c) => c.notNull())
        .addColumn('is_online', 'integer', (c) => c.notNull().defaultTo(0))
        .addColumn('facts_json', 'text')
        .addColumn('version', 'integer', (c) => c.notNull().defaultTo(1))
        .execute();
      await db.schema
        .createTable('edge_titles')
        .addColumn('edge_node_id', 'text', (c) =>
          c.notNull().references('edges.edge_node_id').onDelete('cascade'),
        )
        .addColumn('title_id', 'text', (c) => c.notNull())
        .addColumn('position', 'integer', (c) => c.notNull())
        .addColumn('info_json', 'text', (c) => c.notNull())
        .addPrimaryKeyConstraint('edge_titles_pk', ['edge_node_id', 'title_id'])
        .execute();
      await db.schema
        .createTable('sessions')
        .addColumn('session_id', 'text', (c) => c.primaryKey())
        .addColumn('title_id', 'text', (c) => c.notNull())
        .addColumn('edge_node_id', 'text')
        .addColumn('state', 'text', (c) => c.notNull())
        .addColumn('code', 'text')
        .addColumn('created_at_ms', 'bigint', (c) => c.notNull())
        .addColumn('updated_at_ms', 'bigint', (c) => c.notNull())
        .execute();
      await db.schema
        .createIndex('sessions_by_update')
        .on('sessions')
        .columns(['updated_at_ms'])
        .execute();
    },
  },
};
