// The edges as this process knows them: an in-memory view, made of what edges said themselves and of what we just took from them.
import type {
  Capabilities,
  EdgeFacts,
  EdgeNodeId,
  Heartbeat,
  TitleId,
  TitleInfo,
  VideoCodec,
} from '@perigee/protocol';
import type { Candidate } from '../placement/policy.ts';
import type { EdgePort } from './edge-link.ts';

type Edge = {
  readonly edgeNodeId: EdgeNodeId;
  readonly publicKeyHex: string;
  facts: EdgeFacts;
  /** null while the link is lost and the edge may still come back. */
  port: EdgePort | null;
  heardMs: number;
  freeSlots: number;
  warmSlots: number;
  loadRatio: number;
};

/** Why no edge can take a title now. */
export type Shortage = 'no-edge' | 'unknown-title' | 'unsupported-browser' | 'no-capacity';

export type EdgeRegistryOptions = {
  /** An edge whose last word is older is not placed on, ms. */
  readonly freshMs: number;
  readonly maxEdges: number;
};

export class EdgeRegistry {
  readonly #options: EdgeRegistryOptions;
  readonly #edges = new Map<EdgeNodeId, Edge>();

  constructor(options: EdgeRegistryOptions) {
    this.#options = options;
  }

  /**
   * A proven link opened. The newest link of the same key wins; another key cannot take a known id.
   * @returns the port it replaced (to be closed), null for none, or 'refused'
   */
  open(
    port: EdgePort,
    edge: { publicKeyHex: string; facts: EdgeFacts },
    nowMs: number,
  ): EdgePort | null | 'refused' {
    const known = this.#edges.get(port.edgeNodeId);
    if (known !== undefined && known.publicKeyHex !== edge.publicKeyHex) return 'refused';
    if (known === undefined && this.#edges.size >= this.#options.maxEdges) return 'refused';
    this.#edges.set(port.edgeNodeId, {
      edgeNodeId: port.edgeNodeId,
      publicKeyHex: edge.publicKeyHex,
      facts: edge.facts,
      port,
      heardMs: nowMs,
      // Until the first heartbeat tells, all of them may be free: the edge decides when it is asked.
      freeSlots: edge.facts.slots,
      warmSlots: 0,
      loadRatio: 0,
    });
    return known?.port ?? null;
  }

  /** Keeps the edge without a link. @returns false when a newer link has taken its place */
  lose(port: EdgePort): boolean {
    const edge = this.#current(port);
    if (edge === undefined) return false;
    edge.port = null;
    return true;
  }

  /** Forgets an edge whose link did not come back. */
  forget(edgeNodeId: EdgeNodeId): void {
    if (this.#edges.get(edgeNodeId)?.port === null) this.#edges.delete(edgeNodeId);
  }

  /** @returns what is known of the edge now, undefined when a newer link has taken its place */
  setFacts(
    port: EdgePort,
    facts: EdgeFacts,
    nowMs: number,
  ): { publicKeyHex: string; facts: EdgeFacts } | undefined {
    const edge = this.#current(port);
    if (edge === undefined) return undefined;
    edge.facts = { ...facts, edgeNodeId: edge.edgeNodeId };
    edge.heardMs = nowMs;
    return { publicKeyHex: edge.publicKeyHex, facts: edge.facts };
  }

  heartbeat(port: EdgePort, heartbeat: Heartbeat, nowMs: number): void {
    const edge = this.#current(port);
    if (edge === undefined) return;
    edge.heardMs = nowMs;
    edge.freeSlots = heartbeat.freeSlots;
    edge.warmSlots = heartbeat.warmSlots;
    edge.loadRatio = heartbeat.loadRatio;
  }

  /** What we took or saw freed since the last heartbeat: the edge's word is stale by construction (as jicofo counts its own). */
  adjustFreeSlots(edgeNodeId: EdgeNodeId, change: number): void {
    const edge = this.#edges.get(edgeNodeId);
    if (edge === undefined) return;
    edge.freeSlots = Math.max(0, Math.min(edge.facts.slots, edge.freeSlots + change));
    if (change < 0) edge.warmSlots = Math.max(0, edge.warmSlots + change);
  }

  /** The edge said that it is full: true until its next heartbeat. */
  setFull(edgeNodeId: EdgeNodeId): void {
    const edge = this.#edges.get(edgeNodeId);
    if (edge !== undefined) edge.freeSlots = 0;
  }

  port(edgeNodeId: EdgeNodeId): EdgePort | undefined {
    return this.#edges.get(edgeNodeId)?.port ?? undefined;
  }

  isFresh(edgeNodeId: EdgeNodeId, nowMs: number): boolean {
    const edge = this.#edges.get(edgeNodeId);
    return edge !== undefined && this.#isFresh(edge, nowMs);
  }

  /** How this edge describes a title. */
  title(edgeNodeId: EdgeNodeId, titleId: TitleId): TitleInfo | undefined {
    return this.#edges.get(edgeNodeId)?.facts.titles.find((t) => t.titleId === titleId);
  }

  /** Edges that could take the title now, or why there are none. */
  candidates(input: {
    readonly titleId: TitleId;
    readonly capabilities: Capabilities;
    readonly excluded: ReadonlySet<EdgeNodeId>;
    readonly nowMs: number;
  }): readonly Candidate[] | Shortage {
    const { titleId, capabilities, excluded, nowMs } = input;
    const fresh = [...this.#edges.values()].filter((edge) => this.#isFresh(edge, nowMs));
    if (fresh.length === 0) return 'no-edge';
    const offering = fresh.filter((edge) => edge.facts.titles.some((t) => t.titleId === titleId));
    if (offering.length === 0) return this.knowsTitle(titleId) ? 'no-edge' : 'unknown-title';
    const speaking = offering.filter((edge) => canDecode(capabilities, edge.facts.encoders));
    if (speaking.length === 0) return 'unsupported-browser';
    const free = speaking.filter((edge) => edge.freeSlots > 0 && !excluded.has(edge.edgeNodeId));
    return free.length === 0 ? 'no-capacity' : free.map(toCandidate);
  }

  /** Facts of every edge with a link, for those who came late. */
  online(): { publicKeyHex: string; facts: EdgeFacts }[] {
    return [...this.#edges.values()]
      .filter((edge) => edge.port !== null)
      .map(({ publicKeyHex, facts }) => ({ publicKeyHex, facts }));
  }

  /** Numbers for metrics. */
  snapshot(nowMs: number): {
    edgeNodeId: EdgeNodeId;
    heartbeatAgeMs: number;
    slots: number;
    freeSlots: number;
    warmSlots: number;
  }[] {
    return [...this.#edges.values()].map((edge) => ({
      edgeNodeId: edge.edgeNodeId,
      heartbeatAgeMs: nowMs - edge.heardMs,
      slots: edge.facts.slots,
      freeSlots: edge.freeSlots,
      warmSlots: edge.warmSlots,
    }));
  }

  /** Whether an edge that is online, or lost and awaited, offers the title. */
  knowsTitle(titleId: TitleId): boolean {
    return [...this.#edges.values()].some((e) => e.facts.titles.some((t) => t.titleId === titleId));
  }

  #current(port: EdgePort): Edge | undefined {
    const edge = this.#edges.get(port.edgeNodeId);
    return edge?.port === port ? edge : undefined;
  }

  #isFresh(edge: Edge, nowMs: number): boolean {
    return edge.port !== null && nowMs - edge.heardMs <= this.#options.freshMs;
  }
}

/** Encoders are named codec first ("h264:libx264"); an edge that names none yet is taken at its word later. */
function canDecode(capabilities: Capabilities, encoders: readonly string[]): boolean {
  if (encoders.length === 0) return capabilities.codecs.length > 0;
  const codecs = new Set(encoders.map((name) => name.split(':')[0]));
  return capabilities.codecs.some((codec: VideoCodec) => codecs.has(codec));
}

function toCandidate(edge: Edge): Candidate {
  const { edgeNodeId, freeSlots, warmSlots, loadRatio } = edge;
  const { siteId, place, stunUrls } = edge.facts;
  return { edgeNodeId, siteId, place, stunUrls, freeSlots, warmSlots, loadRatio };
}
