import type { Kysely } from 'kysely';
import type { EdgeFacts, EdgeNodeId } from '@perigee/protocol';
import type { ControlSchema } from './schema.ts';

/** Admitted edges and what they said of themselves. */
export type EdgeRows = {
  /**
   * Admits a key as an edge: the operator's word. The key an edge had before is replaced, and a key that stood for another edge moves.
   * @param edge `publicKeyHex`: raw Ed25519 public key, 64 lower-case hexadecimal digits
   */
  admit(edge: { readonly publicKeyHex: string; readonly edgeNodeId: EdgeNodeId }): Promise<void>;
  /** @returns the edge that this key is admitted as, or null */
  findByKey(publicKeyHex: string): Promise<EdgeNodeId | null>;
  /** Writes an edge's facts and titles and marks it online; an edge that is not admitted is left out. */
  setFacts(facts: EdgeFacts): Promise<void>;
  setOffline(edgeNodeId: EdgeNodeId): Promise<void>;
  /** At the start nobody has said anything yet. */
  setAllOffline(): Promise<void>;
  countOnline(): Promise<number>;
};

export function createEdgeRows(db: Kysely<ControlSchema>, wallMs: () => number): EdgeRows {
  return {
    admit: (edge) => admit(db, edge, wallMs()),
    findByKey: async (publicKeyHex) => {
      const row = await db
        .selectFrom('edges')
        .select('edge_node_id')
        .where('public_key_hex', '=', publicKeyHex)
        .executeTakeFirst();
      return row?.edge_node_id ?? null;
    },
    setFacts: (facts) => setFacts(db, facts),
    setOffline: async (edgeNodeId) => {
      await db
        .updateTable('edges')
        .set((eb) => ({ is_online: 0, version: eb('version', '+', 1) }))
        .where('edge_node_id', '=', edgeNodeId)
        .execute();
    },
    setAllOffline: async () => {
      await db.updateTable('edges').set({ is_online: 0 }).execute();
    },
    countOnline: async () => {
      const row = await db
        .selectFrom('edges')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .where('is_online', '=', 1)
        .executeTakeFirstOrThrow();
      return row.n;
    },
  };
}

async function admit(
  db: Kysely<ControlSchema>,
  edge: { readonly publicKeyHex: string; readonly edgeNodeId: EdgeNodeId },
  admittedAtMs: number,
): Promise<void> {
  await db.transaction().execute(async (trx) => {
    await trx
      .deleteFrom('edges')
      .where('public_key_hex', '=', edge.publicKeyHex)
      .where('edge_node_id', '!=', edge.edgeNodeId)
      .execute();
    await trx
      .insertInto('edges')
      .values({
        edge_node_id: edge.edgeNodeId,
        public_key_hex: edge.publicKeyHex,
        admitted_at_ms: admittedAtMs,
        is_online: 0,
        facts_json: null,
        version: 1,
      })
      .onConflict((conflict) =>
        conflict.column('edge_node_id').doUpdateSet((eb) => ({
          public_key_hex: edge.publicKeyHex,
          version: eb('edges.version', '+', 1),
        })),
      )
      .execute();
  });
}

async function setFacts(db: Kysely<ControlSchema>, facts: EdgeFacts): Promise<void> {
  await db.transaction().execute(async (trx) => {
    const { numUpdatedRows } = await trx
      .updateTable('edges')
      .set((eb) => ({
        is_online: 1,
        facts_json: JSON.stringify(facts),
        version: eb('version', '+', 1),
      }))
      .where('edge_node_id', '=', facts.edgeNodeId)
      .executeTakeFirst();
    if (numUpdatedRows === 0n) return;
    await trx.deleteFrom('edge_titles').where('edge_node_id', '=', facts.edgeNodeId).execute();
    const titles = new Map(facts.titles.map((title) => [title.titleId, title]));
    for (const [position, title] of [...titles.values()].entries()) {
      await trx
        .insertInto('edge_titles')
        .values({
          edge_node_id: facts.edgeNodeId,
          title_id: title.titleId,
          position,
          info_json: JSON.stringify(title),
        })
        .execute();
    }
  });
}
