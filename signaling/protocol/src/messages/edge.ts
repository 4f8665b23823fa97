// Messages of the EdgeLink: an edge agent dials out to signaling (WebSocket /ws/edge).
import * as v from 'valibot';
import {
  edgeNodeIdSchema,
  leaseIdSchema,
  peerIdSchema,
  sessionIdSchema,
  siteIdSchema,
  titleIdSchema,
} from '../ids.ts';
import { MAX_SLOTS_PER_EDGE, MAX_TITLES_PER_EDGE } from '../limits.ts';
import {
  answerSchema,
  bytes,
  candidateSchema,
  capabilitiesSchema,
  errorCodeSchema,
  errorSchema,
  integer,
  logTailSchema,
  number,
  sdpSchema,
  sessionStateSchema,
  text,
  titleInfoSchema,
  versionRangeSchema,
} from './shared.ts';

export const leaseKindSchema = v.picklist(['game', 'phone', 'compute']);

/** Slow facts of an edge. */
export const edgeFactsSchema = v.object({
  edgeNodeId: edgeNodeIdSchema,
  siteId: siteIdSchema,
  place: text(80),
  softwareVersion: text(40),
  slots: integer(0, MAX_SLOTS_PER_EDGE),
  titles: v.pipe(v.array(titleInfoSchema), v.maxLength(MAX_TITLES_PER_EDGE)),
  /** Encoders found by trial, best first, such as "h264:libx264". */
  encoders: v.pipe(v.array(text(60)), v.maxLength(16)),
  /** Protections that this host cannot give, in plain words; empty on a fully protected edge. */
  missingProtections: v.pipe(v.array(text(200)), v.maxLength(32)),
  stunUrls: v.pipe(v.array(text(200)), v.maxLength(4)),
});
export type EdgeFacts = v.InferOutput<typeof edgeFactsSchema>;

/** Sent by signaling as soon as the link opens. */
export const challengeSchema = v.object({
  type: v.literal('challenge'),
  versions: versionRangeSchema,
  nonce: bytes(32),
});

/** `signature` is Ed25519 over edgeChallengeBytes(nonce, publicKey). */
export const edgeHelloSchema = v.object({
  type: v.literal('edgeHello'),
  versions: versionRangeSchema,
  publicKey: bytes(32),
  signature: bytes(64),
  facts: edgeFactsSchema,
});

export const edgeWelcomeSchema = v.object({
  type: v.literal('edgeWelcome'),
  version: integer(1, 65535),
  edgeNodeId: edgeNodeIdSchema,
  heartbeatIntervalMs: integer(100, 60_000),
});

/** Asks the edge, the authority on its slots, for one; it answers `reserved` or `refused`. */
export const reserveSchema = v.object({
  type: v.literal('reserve'),
  leaseId: leaseIdSchema,
  sessionId: sessionIdSchema,
  kind: leaseKindSchema,
  titleId: titleIdSchema,
  capabilities: capabilitiesSchema,
  /** The lease falls back to the edge when no peer connected after this long. */
  ttlMs: integer(1000, 600_000),
});

/** The player came back (reload, take-over): the edge makes a new peer and offers. */
export const attachPeerSchema = v.object({
  type: v.literal('attachPeer'),
  sessionId: sessionIdSchema,
  capabilities: capabilitiesSchema,
});

export const endSessionSchema = v.object({
  type: v.literal('endSession'),
  sessionId: sessionIdSchema,
  code: errorCodeSchema,
});

export const signalingToEdgeSchema = v.variant('type', [
  challengeSchema,
  edgeWelcomeSchema,
  reserveSchema,
  attachPeerSchema,
  answerSchema,
  candidateSchema,
  endSessionSchema,
  errorSchema,
]);
export type SignalingToEdge = v.InferOutput<typeof signalingToEdgeSchema>;

export const edgeFactsMessageSchema = v.object({
  type: v.literal('edgeFacts'),
  facts: edgeFactsSchema,
});

export const heartbeatSchema = v.object({
  type: v.literal('heartbeat'),
  freeSlots: integer(0, MAX_SLOTS_PER_EDGE),
  warmSlots: integer(0, MAX_SLOTS_PER_EDGE),
  loadRatio: number(0, 1000),
  sessions: v.pipe(
    v.array(
      v.object({
        sessionId: sessionIdSchema,
        state: sessionStateSchema,
        rttMs: v.nullable(number(0, 60_000)),
        framesPerSecond: v.nullable(number(0, 1000)),
        bitrateBps: v.nullable(number(0, 1e10)),
      }),
    ),
    v.maxLength(MAX_SLOTS_PER_EDGE),
  ),
});

export const reservedSchema = v.object({
  type: v.literal('reserved'),
  leaseId: leaseIdSchema,
  sessionId: sessionIdSchema,
  /** Whether a warm session host was taken. */
  warm: v.boolean(),
});

export const refusedSchema = v.object({
  type: v.literal('refused'),
  leaseId: leaseIdSchema,
  code: errorCodeSchema,
});

/** The edge's offer for a new peer of a session. The newest peer is the player; an older one is closed as taken over. */
export const edgeOfferSchema = v.object({
  type: v.literal('edgeOffer'),
  sessionId: sessionIdSchema,
  peerId: peerIdSchema,
  sdp: sdpSchema,
});

export const edgeSessionStateSchema = v.object({
  type: v.literal('edgeSessionState'),
  sessionId: sessionIdSchema,
  state: sessionStateSchema,
});

export const edgeSessionEndedSchema = v.object({
  type: v.literal('edgeSessionEnded'),
  sessionId: sessionIdSchema,
  code: errorCodeSchema,
  logTail: logTailSchema,
});

export const edgeToSignalingSchema = v.variant('type', [
  edgeHelloSchema,
  edgeFactsMessageSchema,
  heartbeatSchema,
  reservedSchema,
  refusedSchema,
  edgeOfferSchema,
  candidateSchema,
  edgeSessionStateSchema,
  edgeSessionEndedSchema,
  errorSchema,
]);
export type EdgeToSignaling = v.InferOutput<typeof edgeToSignalingSchema>;
export type Heartbeat = v.InferOutput<typeof heartbeatSchema>;
