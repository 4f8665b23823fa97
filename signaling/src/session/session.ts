// One user's stream as signaling knows it. States as in DESIGN.md: queued -> placing -> starting -> live <-> reconnecting -> ended.
import type {
  Capabilities,
  EdgeNodeId,
  LeaseId,
  PeerId,
  PlacementReason,
  PlayerId,
  SessionId,
  SessionState,
  SignalingToPlayer,
  TitleId,
  TitleInfo,
} from '@perigee/protocol';
import type { CancelTimer } from '@perigee/kit';
import type { ProbeSite, SiteMeasurement } from '../placement/policy.ts';

/** The player's connection as a session sees it. */
export type PlayerPort = {
  readonly addressKey: string;
  send(message: SignalingToPlayer): void;
  /** Asks the browser to measure; resolves with what came within the budget. Never rejects. */
  probe(round: 1 | 2, sites: readonly ProbeSite[]): Promise<readonly SiteMeasurement[]>;
  close(closeCode: number): void;
};

/** The slot that a session holds. */
export type SessionEdge = {
  readonly edgeNodeId: EdgeNodeId;
  readonly leaseId: LeaseId | null;
  /** The edge's last word on the state. */
  reported: SessionState;
};

/** The peer connection being made or in use; the newest offer decides. */
export type SessionPeer = {
  readonly peerId: PeerId;
  isAnswered: boolean;
  candidatesFromPlayer: number;
  candidatesFromEdge: number;
};

export type Session = {
  readonly sessionId: SessionId;
  readonly playerId: PlayerId;
  readonly titleId: TitleId;
  /** Whose limit it counts against. */
  readonly addressKey: string;
  readonly createdMs: number;
  capabilities: Capabilities;
  state: SessionState;
  edge: SessionEdge | null;
  peer: SessionPeer | null;
  player: PlayerPort | null;
  /** Hash of the resume token; null until the first offer. */
  tokenHash: string | null;
  /** The token itself, only while an offer for the connected player is awaited. */
  tokenForOffer: string | null;
  /** Whether the next offer goes to a player who came back. */
  isResumed: boolean;
  /** The edge's link is lost: the new peer is asked for when it is back. */
  isAttachOwed: boolean;
  /** Place in the queue that the player was told last; null when none. */
  toldPlace: number | null;
  /** Whether anybody outside was told of it. */
  isAnnounced: boolean;
  /** Whether media ever flowed. */
  wasLive: boolean;
  title: TitleInfo | null;
  reason: PlacementReason | null;
  readonly measurements: SiteMeasurement[];
  /** Edges that may still hold a reservation nobody wants; not asked again until they said so. */
  readonly excludedEdges: Set<EdgeNodeId>;
  cancelStartTimer: CancelTimer;
  cancelResumeTimer: CancelTimer | null;
};

/**
 * The state that follows from what is known. Before the first picture a missing peer connection is still `starting`, not `reconnecting`.
 * @returns the state; never `queued` or `ended`, which are decided, not derived
 */
export function derivedState(session: Session): SessionState {
  const { edge, player, wasLive } = session;
  if (edge === null) return 'placing';
  if (player === null) return 'reconnecting';
  if (edge.reported === 'live') return 'live';
  return wasLive ? 'reconnecting' : 'starting';
}

const NEXT_STATES: Readonly<Record<SessionState, readonly SessionState[]>> = {
  queued: ['placing', 'ended'],
  placing: ['queued', 'starting', 'reconnecting', 'ended'],
  starting: ['live', 'reconnecting', 'ended'],
  live: ['reconnecting', 'ended'],
  // A player may come back before the first picture.
  reconnecting: ['starting', 'live', 'ended'],
  ended: [],
};

/** Whether a session may go from one state to another. */
export function canBecome(from: SessionState, to: SessionState): boolean {
  return NEXT_STATES[from].includes(to);
}
