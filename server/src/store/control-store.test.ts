import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { EdgeFacts, EdgeNodeId, SessionId, TitleId } from '@perigee/protocol';
import { openControlStore, type ControlStore } from './control-store.ts';

const edge = (n: number): { publicKeyHex: string; edgeNodeId: EdgeNodeId } => ({
  publicKeyHex: String(n).padStart(64, '0'),
  edgeNodeId: `edge-${String(n)}` as EdgeNodeId,
});
const title = (titleId: string, name = titleId): EdgeFacts['titles'][number] => ({
  titleId: titleId as TitleId,
  name,
  version: '1.0.0',
  description: '',
  category: '',
  resolution: { width: 1280, height: 720 },
  fps: 60,
  input: ['keyboard'],
});
const facts = (n: number, titles: EdgeFacts['titles']): EdgeFacts => ({
  edgeNodeId: edge(n).edgeNodeId,
  siteId: 's' as EdgeFacts['siteId'],
  place: 'Here',
  softwareVersion: '0.1.0',
  slots: 1,
  titles,
  encoders: [],
  missingProtections: [],
  stunUrls: [],
});

let nowMs = 0;
let store: ControlStore;
beforeEach(async () => {
  nowMs = 1000;
  store = await openControlStore({ dataDir: null, wallMs: () => nowMs });
});
afterEach(async () => {
  await store.close();
});

describe('admitted edges', () => {
  it('are found by key, and only they', async () => {
    await store.edges.admit(edge(1));
    await store.edges.admit(edge(1));
    expect(await store.edges.findByKey(edge(1).publicKeyHex)).toBe('edge-1');
    expect(await store.edges.findByKey(edge(2).publicKeyHex)).toBe(null);
  });
  it('get a new key when admitted again, and the old one is out', async () => {
    await store.edges.admit(edge(1));
    await store.edges.admit({ ...edge(1), publicKeyHex: edge(9).publicKeyHex });
    expect(await store.edges.findByKey(edge(9).publicKeyHex)).toBe('edge-1');
    expect(await store.edges.findByKey(edge(1).publicKeyHex)).toBe(null);
  });
  it('a key that is admitted under another name moves', async () => {
    await store.edges.admit(edge(1));
    await store.edges.admit({ ...edge(1), edgeNodeId: edge(2).edgeNodeId });
    expect(await store.edges.findByKey(edge(1).publicKeyHex)).toBe('edge-2');
  });
});

describe('the catalogue', () => {
  it('shows what online edges offer, then what offline ones did', async () => {
    for (const n of [1, 2]) await store.edges.admit(edge(n));
    await store.edges.setFacts(facts(1, [title('doom', 'Freedoom'), title('mines', 'Mines')]));
    await store.edges.setFacts(facts(2, [title('doom', 'Freedoom'), title('abc', 'Abc')]));
    await store.edges.setOffline(edge(2).edgeNodeId);
    const list = await store.titles.list();
    expect(list.map((t) => [t.name, t.isOnline, t.edgesOnline])).toEqual([
      ['Freedoom', true, 1],
      ['Mines', true, 1],
      ['Abc', false, 0],
    ]);
    expect(await store.titles.find('abc' as TitleId)).toMatchObject({ isOnline: false });
    expect(await store.titles.find('none' as TitleId)).toBe(null);
    expect(await store.edges.countOnline()).toBe(1);
  });
  it('follows an edge that changes its titles, and keeps one of doubles', async () => {
    await store.edges.admit(edge(1));
    await store.edges.setFacts(facts(1, [title('a'), title('b')]));
    await store.edges.setFacts(facts(1, [title('b', 'first'), title('b', 'second')]));
    expect((await store.titles.list()).map((t) => t.titleId)).toEqual(['b']);
  });
  it('takes nothing from an edge that is not admitted', async () => {
    await store.edges.setFacts(facts(1, [title('a')]));
    expect(await store.titles.list()).toEqual([]);
  });
  it('survives a title that is named like an attack', async () => {
    await store.edges.admit(edge(1));
    const name = "'); DROP TABLE edges; --";
    await store.edges.setFacts(facts(1, [title('a', name)]));
    expect((await store.titles.list())[0]?.name).toBe(name);
  });
});

describe('sessions', () => {
  const event = (id: string, state: 'starting' | 'live' | 'ended') => ({
    sessionId: id as SessionId,
    titleId: 'doom' as TitleId,
    edgeNodeId: edge(1).edgeNodeId,
    state,
    code: state === 'ended' ? ('player-left' as const) : null,
  });
  it('keep their beginning and follow their state; an end is final', async () => {
    await store.sessions.record(event('a', 'starting'));
    nowMs = 2000;
    await store.sessions.record(event('a', 'ended'));
    nowMs = 3000;
    await store.sessions.record(event('a', 'live'));
    expect(await store.sessions.list({ limit: 10 })).toMatchObject([
      {
        session_id: 'a',
        state: 'ended',
        code: 'player-left',
        created_at_ms: 1000,
        updated_at_ms: 2000,
      },
    ]);
    expect(await store.sessions.countRunning()).toBe(0);
  });
  it('of an earlier process are ended at the start', async () => {
    await store.sessions.record(event('a', 'live'));
    await store.sessions.endAll();
    expect(await store.sessions.list({ limit: 1 })).toMatchObject([
      { state: 'ended', code: 'internal' },
    ]);
  });
  it('are pruned, oldest ends first, running ones never', async () => {
    await store.sessions.record(event('running', 'live'));
    for (let n = 0; n < 5010; n += 1) {
      nowMs += 1;
      await store.sessions.record(event(`s${String(n)}`, 'ended'));
    }
    await store.sessions.prune();
    const left = await store.sessions.list({ limit: 10_000 });
    expect(left).toHaveLength(5001);
    expect(left.at(-1)?.session_id).toBe('running');
    expect(left.some((row) => row.session_id === 's9')).toBe(false);
  });
});

it('many writers at once do not mix their transactions', async () => {
  const work = Array.from({ length: 40 }, async (_, n) => {
    await store.edges.admit(edge(n));
    await store.edges.setFacts(facts(n, [title(`t${String(n)}`), title('shared')]));
    return store.titles.list();
  });
  await Promise.all(work);
  expect(await store.titles.list()).toHaveLength(41);
  expect(await store.titles.find('shared' as TitleId)).toMatchObject({ edgesOnline: 40 });
});
