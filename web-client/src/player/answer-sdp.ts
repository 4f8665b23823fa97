// Chromium answers transport-wide-cc-02 only when the page itself adds the line (MEDIA.md section 3): its feedback then comes 1 ms after
// each frame instead of every 62 ms. It decodes stereo only when asked to in the same way. A browser that refuses the edited answer gets its own one back.

/** URI of the RTP header extension "transport-wide sequence numbers with feedback requests", version 2. */
export const TRANSPORT_WIDE_CC_02 =
  'http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02';

type MediaSection = { readonly mid: string; readonly lines: string[] };

function splitSections(sdp: string): { session: string[]; media: MediaSection[] } {
  const [session = '', ...parts] = sdp.split(/\r?\n(?=m=)/);
  return {
    session: session.split(/\r?\n/),
    media: parts.map((part) => {
      const lines = part.split(/\r?\n/);
      return { mid: lines.find((line) => line.startsWith('a=mid:'))?.slice(6) ?? '', lines };
    }),
  };
}

const extensionId = (lines: readonly string[], uri: string): string | undefined => {
  for (const line of lines) {
    const match = /^a=extmap:(\d+)(?:\/\w+)? (\S+)/.exec(line);
    if (match?.[2] === uri) return match[1];
  }
  return undefined;
};
const isRejected = (lines: readonly string[]): boolean => /^m=\w+ 0 /.test(lines[0] ?? '');

/**
 * Adds the transport-wide-cc-02 `extmap` line to each section of `answer` whose section in `offer` (same mid) names it, with the
 * offered id. Sections that are rejected, that have it already, or that use the id otherwise stay as they are.
 */
export function acceptTransportWideCc02(answer: string, offer: string): string {
  const offered = new Map(
    splitSections(offer).media.map((section) => [section.mid, section.lines]),
  );
  const { session, media } = splitSections(answer);
  for (const { mid, lines } of media) {
    const id = extensionId(offered.get(mid) ?? [], TRANSPORT_WIDE_CC_02);
    if (id === undefined || isRejected(lines)) continue;
    if (extensionId(lines, TRANSPORT_WIDE_CC_02) !== undefined) continue;
    if (
      lines.some((line) => line.startsWith(`a=extmap:${id} `) || line.startsWith(`a=extmap:${id}/`))
    )
      continue;
    const after = Math.max(
      lines.findLastIndex((line) => line.startsWith('a=extmap:')),
      lines.findIndex((line) => line.startsWith('a=mid:')),
    );
    lines.splice(after + 1, 0, `a=extmap:${id} ${TRANSPORT_WIDE_CC_02}`);
  }
  return [...session, ...media.flatMap((section) => section.lines)].join('\r\n');
}

/**
 * Asks for both channels of Opus: without `stereo=1` in the answer Chromium decodes stereo sound to one channel (RFC 7587 section 6.1: the default
 * is mono). Formats that have it, or that carry no parameters, stay as they are.
 */
export function acceptStereo(answer: string): string {
  const { session, media } = splitSections(answer);
  for (const { lines } of media) {
    const formats = lines.flatMap((line) => /^a=rtpmap:(\d+) opus\//i.exec(line)?.[1] ?? []);
    lines.forEach((line, index) => {
      const format = /^a=fmtp:(\d+) /.exec(line)?.[1];
      if (format === undefined || !formats.includes(format)) return;
      if (!/[ ;]stereo=/.test(line)) lines[index] = `${line};stereo=1`;
    });
  }
  return [...session, ...media.flatMap((section) => section.lines)].join('\r\n');
}

/** Whether the browser refused every video section, that is: it decodes none of the codecs offered. */
export function rejectsVideo(answer: string): boolean {
  const video = splitSections(answer).media.filter(({ lines }) => lines[0]?.startsWith('m=video'));
  return video.length > 0 && video.every(({ lines }) => isRejected(lines));
}
