// Tables of the control plane. Times are Unix milliseconds; JSON columns hold what the protocol's schemas passed.
import type { EdgeNodeId, ErrorCode, SessionId, SessionState, TitleId } from '@perigee/protocol';

export type ControlSchema = {
  edges: EdgesTable;
  edge_titles: EdgeTitlesTable;
  sessions: SessionsTable;
};

export type EdgesTable = {
  edge_node_id: EdgeNodeId;
  /** Ed25519 public key, 64 hexadecimal digits. */
  public_key_hex: string;
  admitted_at_ms: number;
  is_online: 0 | 1;
  facts_json: string | null;
  /** Grows with every change of the row (compare and set). */
  version: number;
};

export type EdgeTitlesTable = {
  edge_node_id: EdgeNodeId;
  title_id: TitleId;
  /** Order in which the edge lists its titles, from 0. */
  position: number;
  info_json: string;
};

export type SessionsTable = {
  session_id: SessionId;
  title_id: TitleId;
  edge_node_id: EdgeNodeId | null;
  state: SessionState;
  code: ErrorCode | null;
  created_at_ms: number;
  updated_at_ms: number;
};
