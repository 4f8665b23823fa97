// Where a session goes is decided here and nowhere else. Pure: no clock, no socket; chance is passed in.
import type { EdgeNodeId, PlacementReason, ProbeResults, SiteId } from '@perigee/protocol';

/** An edge that could take the session now. */
export type Candidate = {
  readonly edgeNodeId: EdgeNodeId;
  readonly siteId: SiteId;
  readonly place: string;
  /** Where browsers can measure the site; empty: it cannot be measured. */
  readonly stunUrls: readonly string[];
  /** Slots free after our own reservations of the last moments, >= 1. */
  readonly freeSlots: number;
  readonly warmSlots: number;
  /** 0 idle, 1 fully used, more when overloaded. */
  readonly loadRatio: number;
};

/** What the browser measured of one site. */
export type SiteMeasurement = ProbeResults['results'][number];

/** A candidate with its score. */
export type RankedCandidate = {
  readonly candidate: Candidate;
  /** Smallest RTT measured to its site, ms; null when not measured. */
  readonly rttMs: number | null;
  /** Lower is better; in ms where something was measured. */
  readonly score: number;
};

/** One site as the browser is asked to measure it. */
export type ProbeSite = {
  readonly siteId: SiteId;
  readonly place: string;
  readonly stunUrls: readonly string[];
};

export type PlacementPolicy = {
  /**
   * Sites to measure in this round; empty skips the round and those after it.
   * @param input `measurements`: what earlier rounds gave
   */
  sitesToProbe(input: {
    readonly round: 1 | 2;
    readonly candidates: readonly Candidate[];
    readonly measurements: readonly SiteMeasurement[];
  }): readonly ProbeSite[];
  /** All candidates, best first. */
  rank(input: {
    readonly candidates: readonly Candidate[];
    readonly measurements: readonly SiteMeasurement[];
    readonly random: () => number;
  }): readonly RankedCandidate[];
  /** The decision in words for the player. */
  explain(input: {
    readonly chosen: RankedCandidate;
    readonly ranked: readonly RankedCandidate[];
  }): PlacementReason;
};
