// Messages between a player's browser and signaling (WebSocket /ws/player).
import * as v from 'valibot';
import {
  edgeNodeIdSchema,
  playerIdSchema,
  sessionIdSchema,
  peerIdSchema,
  siteIdSchema,
  titleIdSchema,
} from '../ids.ts';
import { MAX_SITES_PER_ROUND } from '../limits.ts';
import {
  answerSchema,
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

/** 128 bits of chance in base64url: proves the right to a running session. */
export const resumeTokenSchema = v.pipe(v.string(), v.regex(/^[A-Za-z0-9_-]{22}$/));

/** First message of a player. With `resumeToken` the running session is asked for first; `titleId` is what to start otherwise. */
export const helloSchema = v.object({
  type: v.literal('hello'),
  versions: versionRangeSchema,
  titleId: titleIdSchema,
  resumeToken: v.optional(resumeTokenSchema),
  capabilities: capabilitiesSchema,
});

/** What the browser measured of one round of candidate sites. */
export const probeResultsSchema = v.object({
  type: v.literal('probeResults'),
  round: integer(1, 2),
  results: v.pipe(
    v.array(
      v.object({
        siteId: siteIdSchema,
        /** Smallest RTT seen, ms; null when nothing came back. */
        minRttMs: v.nullable(number(0, 60_000)),
        jitterMs: number(0, 60_000),
        lossRatio: number(0, 1),
        samples: integer(0, 100),
      }),
    ),
    v.maxLength(MAX_SITES_PER_ROUND),
  ),
});

/** The player ends the session for good. */
export const leaveSchema = v.object({ type: v.literal('leave'), sessionId: sessionIdSchema });

export const playerToSignalingSchema = v.variant('type', [
  helloSchema,
  probeResultsSchema,
  answerSchema,
  candidateSchema,
  leaveSchema,
]);
export type PlayerToSignaling = v.InferOutput<typeof playerToSignalingSchema>;

export const welcomeSchema = v.object({
  type: v.literal('welcome'),
  version: integer(1, 65535),
  playerId: playerIdSchema,
  sessionId: sessionIdSchema,
});

/** Candidate sites of one round. No `stunUrls` and no `echoUrl`: nothing to probe, answer with an empty result at once. */
export const candidateSitesSchema = v.object({
  type: v.literal('candidateSites'),
  round: integer(1, 2),
  budgetMs: integer(0, 5000),
  sites: v.pipe(
    v.array(
      v.object({
        siteId: siteIdSchema,
        place: text(80),
        stunUrls: v.pipe(v.array(text(200)), v.maxLength(4)),
        echoUrl: v.nullable(text(200)),
      }),
    ),
    v.maxLength(MAX_SITES_PER_ROUND),
  ),
});

export const sessionUpdateSchema = v.object({
  type: v.literal('sessionUpdate'),
  sessionId: sessionIdSchema,
  state: sessionStateSchema,
  /** Place in the queue from 1, while queued. */
  queuePosition: v.nullable(integer(1, 1_000_000)),
});

export const iceServerSchema = v.object({
  urls: v.pipe(v.array(text(200)), v.maxLength(8)),
  username: v.optional(text(200)),
  credential: v.optional(text(200)),
});

/** The whole decision, for the player's page. */
export const placementReasonSchema = v.object({
  chosen: v.object({
    edgeNodeId: edgeNodeIdSchema,
    siteId: siteIdSchema,
    place: text(80),
    rttMs: v.nullable(number(0, 60_000)),
    score: number(-1e9, 1e9),
  }),
  runnerUp: v.nullable(
    v.object({
      siteId: siteIdSchema,
      place: text(80),
      rttMs: v.nullable(number(0, 60_000)),
      score: number(-1e9, 1e9),
    }),
  ),
  candidates: integer(0, 10_000),
  sentence: text(300),
});

export const offerSchema = v.object({
  type: v.literal('offer'),
  sessionId: sessionIdSchema,
  peerId: peerIdSchema,
  sdp: sdpSchema,
  resumeToken: resumeTokenSchema,
  resumed: v.boolean(),
  iceServers: v.pipe(v.array(iceServerSchema), v.maxLength(8)),
  title: titleInfoSchema,
  reason: placementReasonSchema,
});

/** The session is over. */
export const sessionEndedSchema = v.object({
  type: v.literal('sessionEnded'),
  sessionId: sessionIdSchema,
  code: errorCodeSchema,
  message: text(400),
  logTail: logTailSchema,
});

/** This peer is out, the session itself goes on elsewhere (taken over). */
export const peerClosedSchema = v.object({
  type: v.literal('peerClosed'),
  sessionId: sessionIdSchema,
  peerId: peerIdSchema,
  code: errorCodeSchema,
  message: text(400),
});

export const signalingToPlayerSchema = v.variant('type', [
  welcomeSchema,
  candidateSitesSchema,
  sessionUpdateSchema,
  offerSchema,
  candidateSchema,
  sessionEndedSchema,
  peerClosedSchema,
  errorSchema,
]);
export type SignalingToPlayer = v.InferOutput<typeof signalingToPlayerSchema>;
export type PlacementReason = v.InferOutput<typeof placementReasonSchema>;
export type IceServer = v.InferOutput<typeof iceServerSchema>;
export type ProbeResults = v.InferOutput<typeof probeResultsSchema>;
