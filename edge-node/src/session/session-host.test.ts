import { expect, it } from 'vitest';
import { encodeInputPacket, encodeMessage, type SessionId } from '@perigee/protocol';
import { TransportError } from '../transport/transport-error.ts';
import { CAPABILITIES, FRAME, id, live, newScene, settle, taken, TITLE } from './host-fixture.ts';

function keyPacket(sequence: number, isDown: boolean): Uint8Array {
  return encodeInputPacket({
    sequence,
    clientTimeUs: 0,
    pointer: { x: 0, y: 0, buttons: 0, relativeX: 0, relativeY: 0, wheelX: 0, wheelY: 0 },
    touches: [],
    firstEventSequence: sequence,
    events: [{ kind: 'key', code: 30, isDown }],
  });
}

it('is warm with an offer made ahead, and takes a title', async () => {
  const scene = newScene();
  await taken(scene);
  expect(scene.told).toEqual([
    { type: 'ready', encoder: 'h264:fake', rejected: [], otherCodecs: ['vp8:fake'] },
    { type: 'taken', resolution: TITLE.resolution },
  ]);
  expect(scene.peers).toHaveLength(1);
  expect(scene.host.state).toBe('taken');
});

it('tells the first change only after the title was taken', async () => {
  const scene = newScene();
  await scene.host.start();
  scene.source()?.onFirstChange();
  expect(scene.told).toHaveLength(1);
  scene.host.handle({ type: 'take', sessionId: 's' as SessionId, title: TITLE });
  await settle();
  scene.source()?.onFirstChange();
  expect(scene.told.at(-1)).toEqual({ type: 'drew' });
});

it('lets pictures and sound flow only while a player is connected', async () => {
  const scene = newScene();
  await taken(scene);
  scene.source()?.onFrame(FRAME);
  const peer = await live(scene);
  expect(scene.told).toContainEqual({ type: 'offer', peerId: 'p1', sdp: 'offer 1' });
  expect(scene.host.state).toBe('live');
  expect(scene.log).toEqual(
    expect.arrayContaining(['codec h264', 'resume', 'sound on', 'bitrate 5000000']),
  );
  expect(peer.log).toEqual(['streamInfo', 'titleState']);
  scene.source()?.onFrame(FRAME);
  scene.source()?.onFrame({ ...FRAME, codec: 'vp8' });
  expect(peer.log.filter((l) => l === 'frame')).toHaveLength(1);
  peer.browser?.onState('disconnected');
  expect(scene.log.slice(-2)).toEqual(['pause', 'sound off']);
  peer.browser?.onState('connected');
  expect(scene.log).toContain('resume');
});

it('makes the next offer ahead as soon as one is in use', async () => {
  const scene = newScene();
  await taken(scene);
  await live(scene);
  expect(scene.peers).toHaveLength(2);
});

it('gives the session to the newest player and lets go of what the one before held', async () => {
  const scene = newScene();
  await taken(scene);
  const first = await live(scene, 'p1');
  first.browser?.onMessage('input', keyPacket(1, true));
  const second = await live(scene, 'p2');
  expect(scene.log).toContain('key 30 up');
  expect(first.log.at(-1)).toBe('closed');
  scene.source()?.onFrame(FRAME);
  expect(second.log).toContain('frame');
  first.browser?.onMessage('input', keyPacket(2, true));
  first.browser?.onState('failed');
  expect(scene.log.filter((l) => l === 'key 30 down')).toHaveLength(1);
  expect(scene.told.filter((m) => m.type === 'peerState' && m.state === 'failed')).toEqual([]);
});

it('offers only to the newest of two players that come at once', async () => {
  const scene = newScene();
  await taken(scene);
  scene.host.handle({ type: 'createPeer', peerId: id('a'), capabilities: CAPABILITIES });
  scene.host.handle({ type: 'createPeer', peerId: id('b'), capabilities: CAPABILITIES });
  await settle();
  expect(scene.told.filter((m) => m.type === 'offer').map((m) => m.peerId)).toEqual(['b']);
  expect(scene.peers[0]?.log).toEqual(['closed']);
});

it('injects input, notes it for the capture and acknowledges it', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  peer.browser?.onMessage('input', keyPacket(1, true));
  expect(scene.log.slice(-2)).toEqual(['key 30 down', 'input 1']);
  expect(peer.log.at(-1)).toBe('telemetry');
});

it('lets go of everything when the player is lost', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  peer.browser?.onMessage('input', keyPacket(1, true));
  peer.browser?.onState('failed');
  expect(scene.log).toContain('key 30 up');
  expect(scene.told.at(-1)).toEqual({ type: 'peerState', peerId: 'p1', state: 'failed' });
  expect(scene.host.state).toBe('taken');
});

it('asks for one keyframe when PLI, FIR and the page ask together', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  scene.time.advance(400);
  for (let i = 0; i < 5; i++) peer.browser?.onKeyframeRequest();
  peer.browser?.onMessage('control', encodeMessage({ type: 'requestKeyframe' }));
  expect(scene.log.filter((l) => l === 'keyframe')).toHaveLength(1);
});

it('counts messages that it does not understand and goes on', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  for (const bytes of [
    new Uint8Array(0),
    new Uint8Array(100).fill(0xc1),
    encodeMessage({ type: 'titleState', state: 'running' }),
  ])
    peer.browser?.onMessage('control', bytes);
  peer.browser?.onMessage('telemetry', new Uint8Array(3));
  peer.browser?.onMessage('input', new Uint8Array(3));
  scene.time.advance(1000);
  expect(scene.told.at(-1)).toMatchObject({ type: 'stats', malformedPackets: 5, rttMs: 5 });
  expect(peer.log.at(-1)).toBe('edgeStats');
});

it('closes a player who says goodbye', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  peer.browser?.onMessage('control', encodeMessage({ type: 'goodbye' }));
  await settle();
  expect(peer.log.at(-1)).toBe('closed');
  expect(scene.told.at(-1)).toEqual({ type: 'peerState', peerId: 'p1', state: 'closed' });
});

it('ends the session of a browser that decodes nothing we send', async () => {
  const scene = newScene();
  await taken(scene);
  const [peer] = scene.peers;
  if (peer !== undefined) peer.answerError = new TransportError('unsupported-browser', 'none');
  await live(scene);
  expect(scene.told).toContainEqual(
    expect.objectContaining({ type: 'fatal', code: 'unsupported-browser' }),
  );
});

it('lets the session wait when who comes to take it over decodes nothing we send, or talks nonsense', async () => {
  const scene = newScene();
  await taken(scene);
  await live(scene, 'p1');
  for (const code of ['unsupported-browser', 'bad-answer'] as const) {
    const spare = scene.peers.at(-1);
    if (spare !== undefined) spare.answerError = new TransportError(code, 'none');
    scene.host.handle({ type: 'createPeer', peerId: id(code), capabilities: CAPABILITIES });
    await settle();
    scene.host.handle({ type: 'answer', peerId: id(code), sdp: 'x' });
    await settle();
    expect(scene.told.at(-1)).toEqual({ type: 'peerState', peerId: code, state: 'failed' });
    expect(spare?.log).toEqual(['closed']);
    expect(scene.host.state).toBe('taken');
  }
  const back = await live(scene, 'p2');
  scene.source()?.onFrame(FRAME);
  expect(back.log).toContain('frame');
  expect(scene.exits).toEqual([]);
  expect(scene.told.filter((m) => m.type === 'fatal')).toEqual([]);
});

it('counts a second answer and goes on', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  peer.answerError = new TransportError('bad-answer', 'answered before');
  scene.host.handle({ type: 'answer', peerId: id('p1'), sdp: 'again' });
  await settle();
  scene.time.advance(1000);
  expect(scene.told.at(-1)).toMatchObject({ type: 'stats', malformedPackets: 1 });
  expect(scene.host.state).toBe('live');
});

it('ends a session whose first answer is none, and says so', async () => {
  const scene = newScene();
  await taken(scene);
  const [peer] = scene.peers;
  if (peer !== undefined) peer.answerError = new TransportError('bad-answer', 'broken');
  scene.host.handle({ type: 'createPeer', peerId: id('p1'), capabilities: CAPABILITIES });
  await settle();
  scene.host.handle({ type: 'answer', peerId: id('p1'), sdp: 'x' });
  await settle();
  expect(scene.told.at(-1)).toMatchObject({ type: 'fatal', code: 'bad-message' });
});

it('tells the player why, then closes everything once, children first', async () => {
  const scene = newScene();
  await taken(scene);
  const peer = await live(scene);
  peer.browser?.onMessage('input', keyPacket(1, true));
  const end = { type: 'close', code: 'title-exited', message: 'over', logTail: ['line'] } as const;
  scene.host.handle(end);
  scene.host.handle(end);
  expect(peer.log.at(-1)).toBe('sessionEnding');
  expect(scene.log).toContain('key 30 up');
  expect(scene.exits).toEqual([]);
  scene.time.advance(200);
  await settle();
  await settle();
  expect(peer.log.at(-1)).toBe('closed');
  expect(scene.peers[1]?.log).toEqual(['closed']);
  expect(scene.log.slice(-3)).toEqual(['sound closed', 'input closed', 'source closed']);
  expect(scene.exits).toEqual([0]);
});

it('gives up when the display is lost, and when it cannot start', async () => {
  const lost = newScene();
  await taken(lost);
  lost.source()?.onEnded({ code: 'display-lost', detail: 'gone' });
  expect(lost.told.at(-1)).toEqual({ type: 'fatal', code: 'display-lost', detail: 'gone' });
  await settle();
  expect(lost.exits).toEqual([1]);
  const broken = newScene({ openInput: () => Promise.reject(new Error('no input')) });
  await broken.host.start();
  expect(broken.told).toMatchObject([{ type: 'fatal', code: 'edge-internal' }]);
  const detail = 'no UDP port of 50000-50007 is free on any address';
  const portless = newScene({
    createPeer: () => Promise.reject(new TransportError('no-address', detail)),
  });
  await portless.host.start();
  expect(portless.told).toEqual([
    { type: 'fatal', code: 'edge-internal', detail: `TransportError: ${detail}` },
  ]);
});

it('goes on without sound', async () => {
  const scene = newScene({
    openSound: () => {
      throw new Error('no encoder');
    },
  });
  await taken(scene);
  expect(scene.told[0]?.type).toBe('ready');
});
