// Parts that several messages share.
import * as v from 'valibot';
import { ERROR_CODES, type ErrorCode } from '../codes.ts';
import { peerIdSchema, sessionIdSchema, titleIdSchema } from '../ids.ts';
import {
  MAX_CANDIDATE_LENGTH,
  MAX_LOG_LINE_LENGTH,
  MAX_LOG_TAIL_LINES,
  MAX_SDP_LENGTH,
} from '../limits.ts';

export const text = (maxLength: number) => v.pipe(v.string(), v.maxLength(maxLength));
export const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
/** A finite number within a range; NaN and infinities are refused. */
export const number = (min: number, max: number) =>
  v.pipe(v.number(), v.finite(), v.minValue(min), v.maxValue(max));
/** Binary of exactly `length` bytes. */
export const bytes = (length: number) =>
  v.custom<Uint8Array>(
    (value) => value instanceof Uint8Array && value.byteLength === length,
    `must be ${String(length)} bytes`,
  );

export const errorCodeSchema = v.picklist(Object.keys(ERROR_CODES) as [ErrorCode, ...ErrorCode[]]);
export const versionRangeSchema = v.object({ min: integer(1, 65535), max: integer(1, 65535) });
export const sdpSchema = text(MAX_SDP_LENGTH);
export const logTailSchema = v.pipe(
  v.array(text(MAX_LOG_LINE_LENGTH)),
  v.maxLength(MAX_LOG_TAIL_LINES),
);

export const videoCodecSchema = v.picklist(['h264', 'vp8']);
export type VideoCodec = v.InferOutput<typeof videoCodecSchema>;

export const inputKindSchema = v.picklist(['keyboard', 'mouse', 'touch', 'gamepad']);
export type InputKind = v.InferOutput<typeof inputKindSchema>;

export const resolutionSchema = v.object({ width: integer(64, 4096), height: integer(64, 4096) });
export type Resolution = v.InferOutput<typeof resolutionSchema>;

/** What the receiver can decode and how the player can act; sent in `hello`. */
export const capabilitiesSchema = v.object({
  codecs: v.pipe(v.array(videoCodecSchema), v.maxLength(8)),
  screen: v.object({
    widthPx: integer(1, 16384),
    heightPx: integer(1, 16384),
    pixelRatio: number(0.1, 16),
    refreshHz: number(1, 1000),
  }),
  touchPoints: integer(0, 32),
  pads: integer(0, 16),
  /** `navigator.connection.type` or effectiveType where the browser tells; 'unknown' elsewhere. */
  network: text(32),
});
export type Capabilities = v.InferOutput<typeof capabilitiesSchema>;

/** What a player may know of a title; a part of title.json. */
export const titleInfoSchema = v.object({
  titleId: titleIdSchema,
  name: text(80),
  version: text(40),
  description: text(400),
  category: text(40),
  resolution: resolutionSchema,
  fps: integer(1, 240),
  input: v.pipe(v.array(inputKindSchema), v.maxLength(4)),
});
export type TitleInfo = v.InferOutput<typeof titleInfoSchema>;

/**
 * One trickled ICE candidate of a peer, both ways. `candidate` is the W3C candidate string without "a=";
 * the empty string is end-of-candidates.
 */
export const candidateSchema = v.object({
  type: v.literal('candidate'),
  sessionId: sessionIdSchema,
  peerId: peerIdSchema,
  candidate: text(MAX_CANDIDATE_LENGTH),
  sdpMid: v.nullable(text(16)),
  sdpMLineIndex: v.nullable(integer(0, 15)),
});

/** The browser's answer to the edge's offer; relayed unchanged. */
export const answerSchema = v.object({
  type: v.literal('answer'),
  sessionId: sessionIdSchema,
  peerId: peerIdSchema,
  sdp: sdpSchema,
});

export const errorSchema = v.object({
  type: v.literal('error'),
  code: errorCodeSchema,
  /** A sentence that a player understands. */
  message: text(400),
  retryable: v.boolean(),
});
export type ErrorMessage = v.InferOutput<typeof errorSchema>;

/** States of DESIGN.md: queued -> placing -> starting -> live <-> reconnecting -> ended. */
export const sessionStateSchema = v.picklist([
  'queued',
  'placing',
  'starting',
  'live',
  'reconnecting',
  'ended',
]);
export type SessionState = v.InferOutput<typeof sessionStateSchema>;
