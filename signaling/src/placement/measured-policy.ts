// The first policy: probe what can be probed when there is a choice, prefer the smallest RTT, and inside a site the less loaded of two.
import { MAX_SITES_PER_ROUND, type SiteId } from '@perigee/protocol';
import type {
  Candidate,
  PlacementPolicy,
  ProbeSite,
  RankedCandidate,
  SiteMeasurement,
} from './policy.ts';

/** Score of a loss ratio of 1, ms: 2 % loss costs as much as 10 ms of RTT (chosen). */
const LOSS_PENALTY_MS = 500;
/** A site nobody could measure stands behind every measured one, ms (chosen, above the hard limit of 80 ms for games). */
const UNMEASURED_RTT_MS = 1000;
/** Full load costs as much as this much RTT, ms: enough to break ties, too little to send players away (chosen). */
const LOAD_PENALTY_MS = 4;
/** A cold start keeps the player waiting, once, ms of score (chosen). */
const COLD_PENALTY_MS = 2;

export const measuredPolicy: PlacementPolicy = {
  sitesToProbe: ({ round, candidates, measurements }) => {
    const known = new Set(measurements.map((m) => m.siteId));
    const sites = new Map<SiteId, ProbeSite>();
    for (const { siteId, place, stunUrls } of candidates) {
      if (!sites.has(siteId)) sites.set(siteId, { siteId, place, stunUrls });
    }
    // With one site there is nothing to choose between, so nobody waits for a measurement.
    if (sites.size < 2) return [];
    const probeable = [...sites.values()].filter((s) => s.stunUrls.length > 0);
    const unknown = probeable.filter((s) => !known.has(s.siteId));
    // The second round measures what did not fit into the first.
    if (round === 2 && known.size < MAX_SITES_PER_ROUND) return [];
    return unknown.slice(0, MAX_SITES_PER_ROUND);
  },
  rank: ({ candidates, measurements, random }) => {
    const bySite = new Map(measurements.map((m) => [m.siteId, m]));
    const scored = candidates.map((candidate) => scoreOf(candidate, bySite.get(candidate.siteId)));
    // Equal scores in an order of chance, so that a herd of players does not go to one edge.
    return scored
      .map((ranked) => ({ ranked, tie: random() }))
      .sort((a, b) => a.ranked.score - b.ranked.score || a.tie - b.tie)
      .map(({ ranked }) => ranked);
  },
  explain: ({ chosen, ranked }) => {
    const others = ranked.filter((r) => r.candidate.siteId !== chosen.candidate.siteId);
    const runnerUp = others[0];
    const { edgeNodeId, siteId, place } = chosen.candidate;
    return {
      chosen: { edgeNodeId, siteId, place, rttMs: chosen.rttMs, score: chosen.score },
      runnerUp:
        runnerUp === undefined
          ? null
          : {
              siteId: runnerUp.candidate.siteId,
              place: runnerUp.candidate.place,
              rttMs: runnerUp.rttMs,
              score: runnerUp.score,
            },
      candidates: ranked.length,
      sentence: sentence(chosen, ranked.length, runnerUp),
    };
  },
};

function scoreOf(candidate: Candidate, measured: SiteMeasurement | undefined): RankedCandidate {
  const rttMs = measured?.minRttMs ?? null;
  const path =
    measured === undefined || rttMs === null
      ? UNMEASURED_RTT_MS
      : rttMs + 2 * measured.jitterMs + LOSS_PENALTY_MS * measured.lossRatio;
  const load = LOAD_PENALTY_MS * Math.min(4, candidate.loadRatio);
  const cold = candidate.warmSlots > 0 ? 0 : COLD_PENALTY_MS;
  return { candidate, rttMs, score: path + load + cold };
}

function sentence(
  chosen: RankedCandidate,
  candidateCount: number,
  runnerUp: RankedCandidate | undefined,
): string {
  const place = chosen.candidate.place;
  if (candidateCount === 1) {
    return `${place} is the only place with a free slot for this title, so nothing had to be measured.`;
  }
  if (chosen.rttMs === null) {
    return `${place} was chosen by load among ${String(candidateCount)} edge nodes; none could be measured from here.`;
  }
  const rtt = `${place} answered in ${chosen.rttMs.toFixed(0)} ms`;
  if (runnerUp?.rttMs == null) return `${rtt}, the best of ${String(candidateCount)} edge nodes.`;
  return `${rtt}, ${runnerUp.candidate.place} in ${runnerUp.rttMs.toFixed(0)} ms.`;
}
