import {
  CLOSE_CODES,
  DEFAULT_RESUME_WINDOW_MS,
  type PlayerToSignaling,
  type SignalingToPlayer,
  type TitleId,
} from '@perigee/protocol';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Offer, Peer, PeerHandlers } from './peer.ts';
import {
  INTERRUPTION_GRACE_MS,
  LINK_TIME_LIMIT_MS,
  MEDIA_TIME_LIMIT_MS,
  PlayerSession,
  type Notice,
  type PlayerState,
} from './player-session.ts';
import type { LinkHandlers } from './signaling-link.ts';

const TOKEN = 'abcdefghijklmnopqrstuv';

type FakeLink = LinkHandlers & { readonly sent: PlayerToSignaling[]; isClosed: boolean };
type FakePeer = PeerHandlers & {
  readonly peerId: string;
  readonly control: string[];
  readonly candidates: string[];
  isClosed: boolean;
};

let nowMs: number;
let timers: { atMs: number; run: () => void }[];
let links: FakeLink[];
let peers: FakePeer[];
let states: PlayerState[];
let notices: (Notice | null)[];
let token: string | undefined;
let session: PlayerSession;

const link = (): FakeLink => {
  const newest = links.at(-1);
  if (newest === undefined) throw new Error('no link was opened');
  return newest;
};
const peer = (): FakePeer => {
  const newest = peers.at(-1);
  if (newest === undefined) throw new Error('no peer was opened');
  return newest;
};
const message = (fields: Record<string, unknown>): void => {
  link().onMessage(fields as unknown as SignalingToPlayer);
};
const offer = (peerId: string, resumed = false): void => {
  message({
    type: 'offer',
    sessionId: 's1',
    peerId,
    sdp: '',
    resumeToken: TOKEN,
    resumed,
    iceServers: [],
  });
};

/** Moves the clock and runs what falls due, in order. */
function advance(ms: number): void {
  const endMs = nowMs + ms;
  for (;;) {
    const next = timers.filter(({ atMs }) => atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
    if (next === undefined) break;
    timers = timers.filter((timer) => timer !== next);
    nowMs = Math.max(nowMs, next.atMs);
    next.run();
  }
  nowMs = endMs;
}

function openFakeLink(handlers: LinkHandlers) {
  const fake: FakeLink = { ...handlers, sent: [], isClosed: false };
  links.push(fake);
  return {
    isOpen: () => !fake.isClosed,
    send: (sent: PlayerToSignaling) => {
      fake.sent.push(sent);
    },
    malformedMessages: () => 0,
    close: () => {
      fake.isClosed = true;
    },
  };
}

function openFakePeer(from: Offer, handlers: PeerHandlers): Peer {
  const fake: FakePeer = {
    ...handlers,
    peerId: from.peerId,
    control: [],
    candidates: [],
    isClosed: false,
  };
  peers.push(fake);
  return {
    connection: {} as RTCPeerConnection,
    addCandidate: ({ candidate }) => {
      fake.candidates.push(candidate);
    },
    sendInput: () => true,
    sendControl: ({ type }) => {
      fake.control.push(type);
    },
    close: () => {
      fake.isClosed = true;
    },
  };
}

function createSession(): PlayerSession {
  const store = {
    load: () => token,
    save: (saved: string) => {
      token = saved;
    },
    clear: () => {
      token = undefined;
    },
  };
  return new PlayerSession(
    {
      titleId: 'freedoom' as TitleId,
      capabilities: () => ({
        codecs: ['h264'],
        screen: { widthPx: 1, heightPx: 1, pixelRatio: 1, refreshHz: 60 },
        touchPoints: 0,
        pads: 0,
        network: 'unknown',
      }),
      store,
      nowMs: () => nowMs,
      random: () => 0.5,
      setTimer: (delayMs, run) => {
        const timer = { atMs: nowMs + delayMs, run };
        timers.push(timer);
        return () => {
          timers = timers.filter((other) => other !== timer);
        };
      },
      openLink: openFakeLink,
      openPeer: openFakePeer,
    },
    {
      onState: (state) => states.push(state),
      onNotice: (notice) => notices.push(notice),
      onOffer: () => undefined,
      onTrack: () => undefined,
      onControl: () => undefined,
      onTelemetry: () => undefined,
      onMark: () => undefined,
    },
  );
}

function goLive(peerId = 'p1', resumed = false): void {
  link().onOpen();
  message({ type: 'welcome', version: 1, playerId: 'x', sessionId: 's1' });
  offer(peerId, resumed);
  peer().onAnswer('answer');
  peer().onMedia('connected');
  session.pictureShown();
}

beforeEach(() => {
  nowMs = 0;
  timers = [];
  links = [];
  peers = [];
  states = [];
  notices = [];
  token = undefined;
  session = createSession();
  session.start();
});

describe('a start', () => {
  test('goes through every step and ends live with the first picture', () => {
    link().onOpen();
    expect(link().sent[0]).toMatchObject({ type: 'hello', titleId: 'freedoom' });
    expect(link().sent[0]).not.toHaveProperty('resumeToken');
    message({ type: 'welcome', version: 1, playerId: 'x', sessionId: 's1' });
    message({ type: 'candidateSites', round: 1, budgetMs: 100, sites: [] });
    expect(link().sent.at(-1)).toEqual({ type: 'probeResults', round: 1, results: [] });
    message({ type: 'sessionUpdate', sessionId: 's1', state: 'queued', queuePosition: 2 });
    expect(session.state).toMatchObject({ step: 'queued', queuePosition: 2 });
    message({ type: 'sessionUpdate', sessionId: 's1', state: 'starting', queuePosition: null });
    offer('p1');
    peer().onAnswer('sdp');
    expect(link().sent.at(-1)).toEqual({
      type: 'answer',
      sessionId: 's1',
      peerId: 'p1',
      sdp: 'sdp',
    });
    peer().onMedia('connected');
    session.pictureShown();
    const steps = states.map((state) => (state.name === 'connecting' ? state.step : state.name));
    expect(steps).toEqual(['opening', 'placing', 'queued', 'starting', 'media', 'picture', 'live']);
    expect(token).toBe(TOKEN);
  });

  test('candidates go both ways, those of another peer are ignored', () => {
    link().onOpen();
    offer('p1');
    message({
      type: 'candidate',
      sessionId: 's1',
      peerId: 'old',
      candidate: 'no',
      sdpMid: '0',
      sdpMLineIndex: 0,
    });
    message({
      type: 'candidate',
      sessionId: 's1',
      peerId: 'p1',
      candidate: 'yes',
      sdpMid: '0',
      sdpMLineIndex: 0,
    });
    expect(peer().candidates).toEqual(['yes']);
    peer().onCandidate({ candidate: 'mine', sdpMid: '0', sdpMLineIndex: 0 });
    expect(link().sent.at(-1)).toEqual({
      type: 'candidate',
      sessionId: 's1',
      peerId: 'p1',
      candidate: 'mine',
      sdpMid: '0',
      sdpMLineIndex: 0,
    });
  });

  test('a refusal is a failure page with its code', () => {
    link().onOpen();
    message({ type: 'error', code: 'no-edge', message: '', retryable: true });
    expect(session.state).toEqual({ name: 'failed', failure: { code: 'no-edge', logTail: [] } });
    expect(link().isClosed).toBe(true);
  });

  test('a media path that does not open within 10 s is a failure, and the session may still be resumed', () => {
    link().onOpen();
    offer('p1');
    advance(MEDIA_TIME_LIMIT_MS - 1);
    expect(session.state.name).toBe('connecting');
    advance(1);
    expect(session.state).toMatchObject({ failure: { code: 'media-failed' } });
    expect(token).toBe(TOKEN);
  });

  test('a server that is out of reach is tried four times', () => {
    for (let i = 0; i < 10; i++) {
      if (session.state.name === 'failed') break;
      link().onClose(1006);
      advance(5_000);
    }
    expect(links).toHaveLength(4);
    expect(session.state).toMatchObject({ failure: { code: 'server-unreachable' } });
  });

  test('a server that accepts and then says nothing is given up on as well', () => {
    link().onOpen();
    advance(LINK_TIME_LIMIT_MS);
    advance(1_000);
    expect(links).toHaveLength(2);
  });

  test('a browser that takes none of the codecs is told so', () => {
    link().onOpen();
    offer('p1');
    peer().onNegotiationFailed('refused');
    expect(session.state).toMatchObject({ failure: { code: 'unsupported-browser' } });
  });
});

describe('a resumed session', () => {
  test('a token from an earlier visit that has expired is dropped, and the title starts anew', () => {
    token = TOKEN;
    session.close();
    session = createSession();
    session.start();
    link().onOpen();
    expect(link().sent[0]).toMatchObject({ resumeToken: TOKEN });
    message({ type: 'error', code: 'resume-expired', message: '', retryable: false });
    link().onOpen();
    expect(link().sent[0]).not.toHaveProperty('resumeToken');
  });

  test('a new start instead of the earlier session is mentioned', () => {
    token = TOKEN;
    session.close();
    session = createSession();
    session.start();
    goLive('p1', false);
    expect(notices).toContain('fresh-start');
  });
});

describe('a live session', () => {
  beforeEach(() => {
    goLive();
  });

  test('goes on when the server is lost', () => {
    link().onClose(1006);
    advance(60_000);
    expect(session.state.name).toBe('live');
    expect(notices.at(-1)).toBe('link-lost');
    expect(links).toHaveLength(1);
  });

  test('an interruption that heals changes nothing', () => {
    peer().onMedia('interrupted');
    advance(INTERRUPTION_GRACE_MS - 1);
    peer().onMedia('connected');
    advance(60_000);
    expect(session.state.name).toBe('live');
    expect(peers).toHaveLength(1);
  });

  test('an interruption that lasts is reconnected with the token, and the picture comes back', () => {
    peer().onMedia('interrupted');
    advance(INTERRUPTION_GRACE_MS);
    expect(session.state.name).toBe('reconnecting');
    advance(0);
    expect(links).toHaveLength(2);
    goLive('p2', true);
    expect(link().sent[0]).toMatchObject({ type: 'hello', resumeToken: TOKEN });
    expect(session.state.name).toBe('live');
    expect(session.peerId).toBe('p2');
  });

  test('the last picture of a broken path does not count as a new one', () => {
    peer().onMedia('failed');
    session.pictureShown();
    expect(session.state.name).toBe('reconnecting');
  });

  test('reconnecting goes on until the resume window closes', () => {
    peer().onMedia('failed');
    let guard = 0;
    while (session.state.name === 'reconnecting' && guard++ < 1000) {
      advance(1);
      if (!link().isClosed && timers.length > 0) link().onClose(1006);
      advance(500);
    }
    expect(session.state).toMatchObject({ failure: { code: 'server-unreachable' } });
    expect(nowMs).toBeGreaterThan(DEFAULT_RESUME_WINDOW_MS - 10_000);
    expect(nowMs).toBeLessThanOrEqual(DEFAULT_RESUME_WINDOW_MS + 1_000);
  });

  test('when the session is gone while reconnecting, that is the page', () => {
    peer().onMedia('failed');
    advance(0);
    link().onOpen();
    message({ type: 'error', code: 'resume-expired', message: '', retryable: false });
    expect(session.state).toMatchObject({ failure: { code: 'resume-expired' } });
    expect(token).toBeUndefined();
  });

  test('another tab takes over: this one says so and keeps the token for the way back', () => {
    message({ type: 'peerClosed', sessionId: 's1', peerId: 'p1', code: 'taken-over', message: '' });
    expect(session.state).toMatchObject({ failure: { code: 'taken-over' } });
    expect(token).toBe(TOKEN);
    expect(peer().isClosed).toBe(true);
  });

  test('the close code of a take-over is enough', () => {
    link().onClose(CLOSE_CODES.takenOver);
    expect(session.state).toMatchObject({ failure: { code: 'taken-over' } });
  });

  test('the end of an earlier peer of this page is no news', () => {
    message({ type: 'peerClosed', sessionId: 's1', peerId: 'p0', code: 'taken-over', message: '' });
    expect(session.state.name).toBe('live');
  });

  test('the end of the title comes with the last lines of its log, by either way', () => {
    peer().onControl({
      type: 'sessionEnding',
      code: 'title-exited',
      message: '',
      logTail: ['bye'],
    });
    expect(session.state).toEqual({
      name: 'failed',
      failure: { code: 'title-exited', logTail: ['bye'] },
    });
    expect(token).toBeUndefined();
    message({ type: 'sessionEnded', sessionId: 's1', code: 'internal', message: '', logTail: [] });
    expect(session.state).toMatchObject({ failure: { code: 'title-exited' } });
  });

  test('leaving tells both sides, forgets the token and lets the last words out', () => {
    session.leave();
    expect(link().sent.at(-1)).toEqual({ type: 'leave', sessionId: 's1' });
    expect(peer().control).toEqual(['goodbye']);
    expect(token).toBeUndefined();
    expect(peer().isClosed).toBe(false);
    advance(1_000);
    expect(peer().isClosed).toBe(true);
  });

  test('a session that the player ends has its own page', () => {
    session.end();
    expect(link().sent.at(-1)).toEqual({ type: 'leave', sessionId: 's1' });
    expect(session.state).toEqual({
      name: 'failed',
      failure: { code: 'player-left', logTail: [] },
    });
    expect(token).toBeUndefined();
    expect(link().isClosed).toBe(true);
  });

  test('a path on which nothing comes back is replaced without waiting for the browser', () => {
    session.pathSilent();
    expect(session.state.name).toBe('reconnecting');
    advance(0);
    expect(links).toHaveLength(2);
    session.pathSilent(); // while it reconnects there is nothing to hear
    advance(0);
    expect(links).toHaveLength(2);
  });

  test('closing the page leaves the session to be resumed', () => {
    session.close();
    expect(link().sent.map(({ type }) => type)).not.toContain('leave');
    expect(token).toBe(TOKEN);
    expect(timers).toEqual([]);
  });
});
