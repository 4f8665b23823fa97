import type { Kysely } from 'kysely';
import type { SessionStateEvent } from '@perigee/kit';
import type { ControlSchema, SessionsTable } from './schema.ts';

/** Ended sessions kept for the operator; older ones are deleted. Chosen. */
const MAX_ENDED_SESSIONS = 5000;

/** Sessions of now and of the recent past. */
export type SessionRows = {
  /** Writes a state change. A session that ended stays ended. */
  record(event: SessionStateEvent): Promise<void>;
  /** Newest first. */
  list(options: { readonly limit: number }): Promise<SessionsTable[]>;
  countRunning(): Promise<number>;
  /** At the start: what an earlier process left running did not survive it. */
  endAll(): Promise<void>;
  /** Deletes the oldest ended sessions above the limit. */
  prune(): Promise<void>;
};

export function createSessionRows(db: Kysely<ControlSchema>, wallMs: () => number): SessionRows {
  return {
    record: async (event) => {
      const nowMs = wallMs();
      const change = {
        title_id: event.titleId,
        edge_node_id: event.edgeNodeId,
        state: event.state,
        code: event.code,
        updated_at_ms: nowMs,
      };
      await db
        .insertInto('sessions')
        .values({ session_id: event.sessionId, created_at_ms: nowMs, ...change })
        .onConflict((conflict) =>
          conflict.column('session_id').doUpdateSet(change).where('sessions.state', '!=', 'ended'),
        )
        .execute();
    },
    list: ({ limit }) =>
      db
        .selectFrom('sessions')
        .selectAll()
        .orderBy('created_at_ms', 'desc')
        .orderBy('session_id')
        .limit(limit)
        .execute(),
    countRunning: async () => {
      const row = await db
        .selectFrom('sessions')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where('state', '!=', 'ended')
        .executeTakeFirstOrThrow();
      return row.n;
    },
    endAll: async () => {
      await db
        .updateTable('sessions')
        .set({ state: 'ended', code: 'internal', updated_at_ms: wallMs() })
        .where('state', '!=', 'ended')
        .execute();
    },
    prune: () => prune(db),
  };
}

async function prune(db: Kysely<ControlSchema>): Promise<void> {
  const oldestKept = await db
    .selectFrom('sessions')
    .select('updated_at_ms')
    .where('state', '=', 'ended')
    .orderBy('updated_at_ms', 'desc')
    .offset(MAX_ENDED_SESSIONS)
    .limit(1)
    .executeTakeFirst();
  if (oldestKept === undefined) return;
  await db
    .deleteFrom('sessions')
    .where('state', '=', 'ended')
    .where('updated_at_ms', '<=', oldestKept.updated_at_ms)
    .execute();
}
