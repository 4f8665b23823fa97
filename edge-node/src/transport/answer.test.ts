import { expect, it, test } from 'vitest';
import { dropUnresolvableCandidates, isUnresolvableCandidate, parseAnswer } from './answer.ts';
import { isWantedCandidate, keepWantedCandidates } from './offer.ts';
import { TransportError } from './transport-error.ts';

const CC02 = 'http://www.webrtc.org/experiments/rtp-hdrext/transport-wide-cc-02';
const H264 = [
  'a=rtpmap:97 H264/90000',
  'a=fmtp:97 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f',
  'a=rtpmap:98 rtx/90000',
  'a=fmtp:98 apt=97',
];
const VP8 = ['a=rtpmap:99 VP8/90000', 'a=rtpmap:100 rtx/90000', 'a=fmtp:100 apt=99'];

function answer(
  formats: string,
  lines: readonly string[],
  audio = 'm=audio 9 UDP/TLS/RTP/SAVPF 96',
): string {
  return [
    'v=0',
    's=-',
    'a=ice-ufrag:abcd',
    'a=ice-pwd:abcdabcdabcdabcdabcdab',
    'a=fingerprint:sha-256 00:11',
    `m=video 9 UDP/TLS/RTP/SAVPF ${formats}`,
    'a=mid:0',
    `a=extmap:4 ${CC02}`,
    'a=extmap:15 urn:too-large',
    ...lines,
    audio,
    'a=mid:1',
    'a=rtpmap:96 opus/48000/2',
    'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
    'a=mid:2',
    '',
  ].join('\r\n');
}

it('reads codec, retransmission, extensions and sound', () => {
  const { video, audio } = parseAnswer(answer('97 98 99 100', [...H264, ...VP8]));
  expect(video).toMatchObject({ codec: 'h264', payloadType: 97, rtxPayloadType: 98, mid: '0' });
  expect([...video.extensionIds]).toEqual([[CC02, 4]]);
  expect(audio).toMatchObject({ payloadType: 96, mid: '1' });
});

it('takes the first codec in the order of the m-line', () => {
  const { video } = parseAnswer(answer('99 100 97 98', [...H264, ...VP8]));
  expect(video).toMatchObject({ codec: 'vp8', payloadType: 99, rtxPayloadType: 100 });
});

it('skips H.264 in single NAL unit mode', () => {
  const lines = ['a=rtpmap:97 H264/90000', 'a=fmtp:97 packetization-mode=0', ...VP8];
  expect(parseAnswer(answer('97 99 100', lines)).video.codec).toBe('vp8');
});

it('goes on without sound and without retransmission', () => {
  const { video, audio } = parseAnswer(answer('97', H264, 'm=audio 0 UDP/TLS/RTP/SAVPF 96'));
  expect(audio).toBeUndefined();
  expect(video.rtxPayloadType).toBeUndefined();
});

test.each([
  { name: 'nothing', sdp: '' },
  { name: 'no media', sdp: 'v=0\r\n' },
  { name: 'noise', sdp: 'm=video 0 x 0\nm=m=\0\n' },
  { name: 'no data channels', sdp: answer('97', H264).replace('m=application', 'm=text') },
  { name: 'no credentials', sdp: answer('45', []).replace('a=ice-pwd', 'a=x') },
])('says of $name that it is no answer to our offer', ({ sdp }) => {
  expect(() => parseAnswer(sdp)).toThrow(expect.objectContaining({ code: 'bad-answer' }));
});

test.each([
  { name: 'no known codec', sdp: answer('45', ['a=rtpmap:45 AV1/90000']) },
  { name: 'a rejected video line', sdp: answer('97', H264).replace('m=video 9', 'm=video 0') },
])('says that a browser with $name is not supported', ({ sdp }) => {
  expect(() => parseAnswer(sdp)).toThrow(TransportError);
  expect(() => parseAnswer(sdp)).toThrow(expect.objectContaining({ code: 'unsupported-browser' }));
});

it('drops candidates that only multicast DNS could resolve, from the answer too', () => {
  const named = 'candidate:1 1 udp 2113937151 3d5c8d5e-aa.local 5000 typ host';
  const plain = 'candidate:1 1 udp 2113937151 192.0.2.1 5000 typ host';
  expect(isUnresolvableCandidate(named)).toBe(true);
  expect(isUnresolvableCandidate(plain)).toBe(false);
  expect(isUnresolvableCandidate('candidate:1 1 udp 1 2001:db8::1 5000 typ host')).toBe(false);
  expect(isUnresolvableCandidate('')).toBe(true);
  expect(dropUnresolvableCandidates(`a=mid:0\r\na=${named}\r\na=${plain}\r\n`)).toBe(
    `a=mid:0\r\na=${plain}\r\n`,
  );
});

it('offers only the wanted addresses', () => {
  const sdp =
    'a=candidate:1 1 udp 1 192.0.2.1 1 typ host\r\na=candidate:2 1 udp 1 192.0.2.2 1 typ host\r\na=end-of-candidates\r\n';
  expect(keepWantedCandidates(sdp, [])).toBe(sdp);
  expect(keepWantedCandidates(sdp, ['192.0.2.2'])).toBe(
    'a=candidate:2 1 udp 1 192.0.2.2 1 typ host\r\na=end-of-candidates\r\n',
  );
  expect(isWantedCandidate('candidate:1 1 udp 1 192.0.2.1 1 typ host', ['192.0.2.2'])).toBe(false);
});

test.each(['a=ice-ufrag', 'a=ice-pwd', 'a=fingerprint'])('refuses an answer without %s', (line) => {
  const sdp = answer('97', H264).replace(line, 'a=other');
  expect(() => parseAnswer(sdp)).toThrow(expect.objectContaining({ code: 'bad-answer' }));
});
