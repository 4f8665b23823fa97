import * as v from 'valibot';
import { LOG_LEVELS, type LogLevel } from '@perigee/kit';
import { resolutionSchema } from '@perigee/protocol';
import type { HostConfig } from './ipc.ts';

const path = v.pipe(v.string(), v.minLength(1), v.maxLength(200));
const integer = (min: number, max: number) =>
  v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max));
const port = integer(1, 65_535);
const bitrate = integer(1, 1_000_000_000);

const schema = v.object({
  slot: integer(0, 10_000),
  display: v.object({
    kind: v.picklist(['xorg-dummy', 'xvfb']),
    socketPath: path,
    cookieHex: v.pipe(v.string(), v.regex(/^([0-9a-f]{32})?$/i)),
    inputSockets: v.nullable(
      v.object({
        keyboard: path,
        pointerAbsolute: path,
        pointerRelative: path,
        touch: path,
      }),
    ),
    resolution: resolutionSchema,
  }),
  pulseSocketPath: v.nullable(path),
  ice: v.object({
    hostAddresses: v.pipe(v.array(v.pipe(v.string(), v.ip())), v.maxLength(64)),
    portRange: v.nullable(
      v.pipe(
        v.tuple([port, port]),
        v.check(([low, high]) => low < high, 'the second port must be larger'),
      ),
    ),
  }),
  targetBitrateBps: bitrate,
  maxBitrateBps: bitrate,
  logLevel: v.picklist(LOG_LEVELS),
});

/** PERIGEE_HOST_CONFIG cannot be used: a fault of the agent. */
export class HostConfigError extends Error {
  readonly code = 'bad-host-config';

  constructor(detail: string, cause?: unknown) {
    super(`PERIGEE_HOST_CONFIG: ${detail}`, { cause });
    this.name = 'HostConfigError';
  }
}

/** Parses the value of PERIGEE_HOST_CONFIG. @throws {HostConfigError} naming every field that is wrong */
export function parseHostConfig(text: string | undefined): HostConfig & { logLevel: LogLevel } {
  if (text === undefined) throw new HostConfigError('not set');
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch (error) {
    throw new HostConfigError('no JSON', error);
  }
  const result = v.safeParse(schema, input);
  if (result.success) return result.output;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? ''}: ${issue.message}`);
  throw new HostConfigError(problems.join('; '));
}
