import type { Kysely } from 'kysely';
import type { TitleId, TitleInfo } from '@perigee/protocol';
import type { ControlSchema } from './schema.ts';

/** A title as the catalogue shows it. */
export type CatalogueTitle = TitleInfo & {
  /** Whether an edge that is online offers it now. */
  readonly isOnline: boolean;
  /** Edges online that offer it. */
  readonly edgesOnline: number;
};

/** Titles known from edges' facts, also of edges that are offline now. */
export type TitleRows = {
  /** All titles, online ones first, then by name. */
  list(): Promise<CatalogueTitle[]>;
  find(titleId: TitleId): Promise<CatalogueTitle | null>;
};

export function createTitleRows(db: Kysely<ControlSchema>): TitleRows {
  const read = async (titleId?: TitleId): Promise<CatalogueTitle[]> => {
    let query = db
      .selectFrom('edge_titles')
      .innerJoin('edges', 'edges.edge_node_id', 'edge_titles.edge_node_id')
      .select(['edge_titles.title_id', 'edge_titles.info_json', 'edges.is_online'])
      // The description of an edge that is online wins; among equals the order is stable.
      .orderBy('edges.is_online', 'desc')
      .orderBy('edges.edge_node_id');
    if (titleId !== undefined) query = query.where('edge_titles.title_id', '=', titleId);
    const titles = new Map<TitleId, CatalogueTitle>();
    for (const row of await query.execute()) {
      const known = titles.get(row.title_id);
      const edgesOnline = (known?.edgesOnline ?? 0) + row.is_online;
      const info = known ?? (JSON.parse(row.info_json) as TitleInfo);
      titles.set(row.title_id, { ...info, isOnline: edgesOnline > 0, edgesOnline });
    }
    return [...titles.values()].sort(
      (a, b) => Number(b.isOnline) - Number(a.isOnline) || a.name.localeCompare(b.name, 'en'),
    );
  };
  return {
    list: () => read(),
    find: async (titleId) => (await read(titleId))[0] ?? null,
  };
}
