import type { VideoCodec } from '@perigee/protocol';
import { TransportError } from './transport-error.ts';

/** What the browser accepted of our offer for one m-line. */
export type NegotiatedMedia = {
  readonly mid: string;
  readonly payloadType: number;
  /** Accepted header extensions: id by URI. */
  readonly extensionIds: ReadonlyMap<string, number>;
};

export type NegotiatedVideo = NegotiatedMedia & {
  readonly codec: VideoCodec;
  /** Payload type of retransmissions (RFC 4588); undefined when the browser took none. */
  readonly rtxPayloadType: number | undefined;
};

export type NegotiatedStreams = {
  readonly video: NegotiatedVideo;
  /** Undefined when the browser took no sound. */
  readonly audio: NegotiatedMedia | undefined;
};

const OFFERED_KINDS = 'video audio application';

type Section = { readonly kind: string; readonly isRejected: boolean; readonly lines: string[] };

/**
 * Reads from the browser's answer what may be sent to it. The codec is the first one in the answer's order that we can send.
 * @throws {TransportError} bad-answer when it does not answer our offer, whatever else it says; unsupported-browser when it does, but takes
 * neither H.264 (packetization-mode 1) nor VP8.
 */
export function parseAnswer(sdp: string): NegotiatedStreams {
  const sections = splitSections(sdp);
  // RFC 3264 6: an answer has the m-lines of the offer, rejected ones too.
  const kinds = sections.map(({ kind }) => kind).join(' ');
  if (kinds !== OFFERED_KINDS)
    throw new TransportError('bad-answer', 'not the m-lines of the offer');
  for (const needed of ['a=ice-ufrag:', 'a=ice-pwd:', 'a=fingerprint:'])
    if (!sdp.includes(`\n${needed}`)) throw new TransportError('bad-answer', `no ${needed}`);
  const video = sections.find((s) => s.kind === 'video' && !s.isRejected);
  if (video === undefined)
    throw new TransportError('unsupported-browser', 'the answer takes no video');
  const codecs = readCodecs(video);
  const chosen = codecs.find(
    ({ name, format }) =>
      name === 'vp8' || (name === 'h264' && /(^|;)\s*packetization-mode=1\s*(;|$)/.test(format)),
  );
  if (chosen === undefined)
    throw new TransportError('unsupported-browser', 'the answer takes neither H.264 nor VP8');
  const rtx = codecs.find(
    ({ name, format }) => name === 'rtx' && format === `apt=${String(chosen.payloadType)}`,
  );
  const audio = sections.find((s) => s.kind === 'audio' && !s.isRejected);
  const opus = audio === undefined ? undefined : readCodecs(audio).find((c) => c.name === 'opus');
  return {
    video: {
      ...readMedia(video, chosen.payloadType),
      codec: chosen.name === 'vp8' ? 'vp8' : 'h264',
      rtxPayloadType: rtx?.payloadType,
    },
    audio:
      audio === undefined || opus === undefined ? undefined : readMedia(audio, opus.payloadType),
  };
}

/**
 * Drops candidates that only multicast DNS could resolve: the edge does no look-ups on its own network for strangers, and the browser
 * reaches the edge anyway (its checks make a peer-reflexive candidate).
 */
export function dropUnresolvableCandidates(sdp: string): string {
  return sdp
    .split(/(?<=\n)/)
    .filter((line) => !(line.startsWith('a=candidate:') && isUnresolvableCandidate(line)))
    .join('');
}

/** Whether the address of a candidate line is a host name instead of an IP address. */
export function isUnresolvableCandidate(candidate: string): boolean {
  const address = candidate.trim().split(/\s+/)[4] ?? '';
  return !/^[0-9a-fA-F.:]+$/.test(address);
}

function splitSections(sdp: string): Section[] {
  const sections: Section[] = [];
  for (const line of sdp.split(/\r?\n/)) {
    const start = /^m=(\w+) (\d+) /.exec(line);
    if (start !== null)
      sections.push({ kind: start[1] ?? '', isRejected: start[2] === '0', lines: [line] });
    else sections.at(-1)?.lines.push(line);
  }
  return sections;
}

function readMedia(section: Section, payloadType: number): NegotiatedMedia {
  const extensionIds = new Map<string, number>();
  let mid = '';
  for (const line of section.lines) {
    const extension = /^a=extmap:(\d+)\S* (\S+)/.exec(line);
    const id = Number(extension?.[1]);
    // Only ids of the one-byte form (RFC 8285 4.2); others cannot be sent.
    if (extension?.[2] !== undefined && id >= 1 && id <= 14) extensionIds.set(extension[2], id);
    // 16: the longest value of a one-byte extension.
    mid = /^a=mid:(\S{1,16})$/.exec(line)?.[1] ?? mid;
  }
  return { mid, payloadType, extensionIds };
}

/** Codecs in the order of preference, which is that of the m-line's formats. */
function readCodecs(section: Section): { payloadType: number; name: string; format: string }[] {
  const names = new Map<string, string>();
  const formats = new Map<string, string>();
  for (const line of section.lines) {
    const map = /^a=rtpmap:(\d+) ([^/\s]+)\//.exec(line);
    if (map?.[1] !== undefined) names.set(map[1], (map[2] ?? '').toLowerCase());
    const format = /^a=fmtp:(\d+) (.*)$/.exec(line);
    if (format?.[1] !== undefined) formats.set(format[1], (format[2] ?? '').trim());
  }
  const order = section.lines[0]?.split(' ').slice(3) ?? [];
  return order.flatMap((type) => {
    const name = names.get(type);
    const payloadType = Number(type);
    return name === undefined || !(payloadType >= 0 && payloadType <= 127)
      ? []
      : [{ payloadType, name, format: formats.get(type) ?? '' }];
  });
}
