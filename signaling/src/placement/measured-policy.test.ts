import { describe, expect, it } from 'vitest';
import type { EdgeNodeId, SiteId } from '@perigee/protocol';
import { createSeededRandom } from '@perigee/kit/testing';
import { measuredPolicy } from './measured-policy.ts';
import type { Candidate, SiteMeasurement } from './policy.ts';

const candidate = (edge: string, over: Partial<Candidate> = {}): Candidate => ({
  edgeNodeId: edge as EdgeNodeId,
  siteId: `site-${edge}` as SiteId,
  place: edge.toUpperCase(),
  stunUrls: ['stun:192.0.2.1:3478'],
  freeSlots: 1,
  warmSlots: 1,
  loadRatio: 0,
  ...over,
});
const measured = (site: string, minRttMs: number | null, over = {}): SiteMeasurement => ({
  siteId: `site-${site}` as SiteId,
  minRttMs,
  jitterMs: 0,
  lossRatio: 0,
  samples: 5,
  ...over,
});
const order = (candidates: Candidate[], measurements: SiteMeasurement[], seed = 1): string[] =>
  measuredPolicy
    .rank({ candidates, measurements, random: createSeededRandom(seed) })
    .map((r) => r.candidate.edgeNodeId);

describe('what is probed', () => {
  const probe = (
    candidates: Candidate[],
    round: 1 | 2 = 1,
    measurements: SiteMeasurement[] = [],
  ): string[] =>
    measuredPolicy.sitesToProbe({ round, candidates, measurements }).map((s) => s.siteId);

  it('nothing with one edge, with one site of several edges, or without STUN addresses', () => {
    expect(probe([candidate('a')])).toEqual([]);
    expect(probe([candidate('a'), candidate('b', { siteId: 'site-a' as SiteId })])).toEqual([]);
    expect(probe([candidate('a', { stunUrls: [] }), candidate('b', { stunUrls: [] })])).toEqual([]);
  });
  it('each site once, eight in a round, the rest in the second', () => {
    const many = Array.from({ length: 12 }, (_, n) => candidate(`e${String(n)}`));
    const first = probe([...many, ...many]);
    expect(first).toHaveLength(8);
    const results = first.map((site) => measured(site.slice(5), 10));
    expect(probe(many, 2, results)).toHaveLength(4);
    expect(probe(many.slice(0, 3), 2, results.slice(0, 3))).toEqual([]);
  });
});

describe('the order', () => {
  it('is by RTT, jitter and loss', () => {
    const all = [candidate('a'), candidate('b'), candidate('c'), candidate('d')];
    const results = [
      measured('a', 20),
      measured('b', 15, { jitterMs: 10 }),
      measured('c', 10, { lossRatio: 0.1 }),
      measured('d', null),
    ];
    expect(order(all, results)).toEqual(['a', 'b', 'c', 'd']);
  });
  it('is by load and warmth inside a site', () => {
    const siteId = 'site-a' as SiteId;
    const all = [
      candidate('busy', { siteId, loadRatio: 1 }),
      candidate('cold', { siteId, warmSlots: 0 }),
      candidate('idle', { siteId }),
    ];
    expect(order(all, [])).toEqual(['idle', 'cold', 'busy']);
  });
  it('is by chance among equals, so that a herd spreads', () => {
    const all = [candidate('a'), candidate('b'), candidate('c')];
    const firsts = new Set(Array.from({ length: 50 }, (_, seed) => order(all, [], seed)[0]));
    expect(firsts.size).toBe(3);
  });
});

it('explains a choice without measurement', () => {
  const ranked = measuredPolicy.rank({
    candidates: [candidate('a'), candidate('b')],
    measurements: [],
    random: () => 0.5,
  });
  const [chosen] = ranked;
  if (chosen === undefined) throw new Error('nothing ranked');
  expect(measuredPolicy.explain({ chosen, ranked }).sentence).toBe(
    'A was chosen by load among 2 edge nodes; none could be measured from here.',
  );
});
