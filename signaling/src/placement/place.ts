// The order of a placement: candidates in up to two rounds -> rank -> reserve at the edge -> next on refusal. The edge is the authority
// on its slots, so there is no lock and nothing to undo on our side.
import type { ErrorCode, PlacementReason } from '@perigee/protocol';
import type {
  Candidate,
  PlacementPolicy,
  ProbeSite,
  RankedCandidate,
  SiteMeasurement,
} from './policy.ts';

/** Edges asked in one placement; a player should not wait for a longer walk (chosen). */
const MAX_RESERVATIONS = 8;

export type ReserveOutcome =
  | { readonly kind: 'reserved'; readonly isWarm: boolean }
  | { readonly kind: 'refused'; readonly code: ErrorCode }
  | { readonly kind: 'timeout' }
  | { readonly kind: 'lost' };

/** One edge about to be asked, with the reason that holds if it says yes. */
export type Choice = {
  readonly candidate: Candidate;
  readonly reason: PlacementReason;
  /** Whether nobody else is left to ask. */
  readonly isLast: boolean;
};

export type PlaceInput = {
  readonly policy: PlacementPolicy;
  readonly candidates: readonly Candidate[];
  /** Results of earlier rounds of the same player (a queued player is measured once); new ones are added. */
  readonly measurements: SiteMeasurement[];
  readonly random: () => number;
  /** Asks the browser; resolves with what came back in time, which may be nothing. */
  readonly probe: (
    round: 1 | 2,
    sites: readonly ProbeSite[],
  ) => Promise<readonly SiteMeasurement[]>;
  readonly reserve: (choice: Choice) => Promise<ReserveOutcome>;
  /** Whether the player is gone, so that nobody waits for the outcome. */
  readonly isCancelled: () => boolean;
};

export type PlaceOutcome =
  | { readonly kind: 'placed' }
  /** Nobody could take it; `codes` in the order of asking. */
  | { readonly kind: 'full'; readonly codes: readonly ErrorCode[] }
  | { readonly kind: 'cancelled' };

/** Finds an edge that takes the session. Never rejects as long as `probe` and `reserve` do not. */
export async function place(input: PlaceInput): Promise<PlaceOutcome> {
  const { policy, candidates, measurements, random } = input;
  if (measurements.length === 0) await measure(input);
  if (input.isCancelled()) return { kind: 'cancelled' };
  const ranked = policy.rank({ candidates, measurements, random });
  return reserveInOrder(input, ranked);
}

async function measure(input: PlaceInput): Promise<void> {
  const { policy, candidates, measurements } = input;
  for (const round of [1, 2] as const) {
    const sites = policy.sitesToProbe({ round, candidates, measurements });
    if (sites.length === 0 || input.isCancelled()) return;
    const asked = new Set(sites.map((s) => s.siteId));
    for (const result of await input.probe(round, sites)) {
      // A site that was not asked for, or twice, says nothing; each is taken once.
      if (asked.delete(result.siteId)) measurements.push(result);
    }
  }
}

async function reserveInOrder(
  input: PlaceInput,
  ranked: readonly RankedCandidate[],
): Promise<PlaceOutcome> {
  const codes: ErrorCode[] = [];
  const asked = ranked.slice(0, MAX_RESERVATIONS);
  for (const [index, choice] of asked.entries()) {
    const isLast = index === asked.length - 1;
    const reason = input.policy.explain({ chosen: choice, ranked });
    const outcome = await input.reserve({ candidate: choice.candidate, reason, isLast });
    if (outcome.kind === 'reserved') return { kind: 'placed' };
    codes.push(outcome.kind === 'refused' ? outcome.code : 'edge-lost');
    if (input.isCancelled()) return { kind: 'cancelled' };
  }
  return { kind: 'full', codes };
}
