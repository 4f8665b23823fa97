// Messages on the reliable, ordered `control` data channel between the player's page and the session host.
import * as v from 'valibot';
import {
  errorCodeSchema,
  inputKindSchema,
  integer,
  logTailSchema,
  number,
  resolutionSchema,
  text,
  videoCodecSchema,
} from './shared.ts';

/** What is being streamed; sent when the channel opens and whenever it changes. */
export const streamInfoSchema = v.object({
  type: v.literal('streamInfo'),
  resolution: resolutionSchema,
  fps: integer(1, 240),
  codec: videoCodecSchema,
  encoder: text(60),
  input: v.pipe(v.array(inputKindSchema), v.maxLength(4)),
});

export const titleStateSchema = v.object({
  type: v.literal('titleState'),
  state: v.picklist(['starting', 'running', 'ended']),
});

/** The session is over; the connection closes next. */
export const sessionEndingSchema = v.object({
  type: v.literal('sessionEnding'),
  code: errorCodeSchema,
  message: text(400),
  logTail: logTailSchema,
});

/** Once a second: what the edge sees, for the overlay. */
export const edgeStatsSchema = v.object({
  type: v.literal('edgeStats'),
  capturedFrames: integer(0, Number.MAX_SAFE_INTEGER),
  encodedFrames: integer(0, Number.MAX_SAFE_INTEGER),
  targetBitrateBps: number(0, 1e10),
  encodeP50Ms: number(0, 60_000),
  captureToSendP50Ms: number(0, 60_000),
  lossRatio: number(0, 1),
});

export const edgeToPlayerControlSchema = v.variant('type', [
  streamInfoSchema,
  titleStateSchema,
  sessionEndingSchema,
  edgeStatsSchema,
]);
export type EdgeToPlayerControl = v.InferOutput<typeof edgeToPlayerControlSchema>;

/** The page asks for a picture from scratch (after a decoder fault). */
export const requestKeyframeSchema = v.object({ type: v.literal('requestKeyframe') });
/** The page closes on purpose. */
export const goodbyeSchema = v.object({ type: v.literal('goodbye') });

export const playerToEdgeControlSchema = v.variant('type', [requestKeyframeSchema, goodbyeSchema]);
export type PlayerToEdgeControl = v.InferOutput<typeof playerToEdgeControlSchema>;
