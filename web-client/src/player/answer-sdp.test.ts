import { describe, expect, test } from 'vitest';
import {
  acceptStereo,
  acceptTransportWideCc02,
  rejectsVideo,
  TRANSPORT_WIDE_CC_02,
} from './answer-sdp.ts';

const lines = (...text: string[]): string => `${text.join('\r\n')}\r\n`;
const offer = lines(
  'v=0',
  'a=group:BUNDLE 0 1 2',
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
  `a=extmap:4 ${TRANSPORT_WIDE_CC_02}`,
  'a=rtpmap:96 H264/90000',
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:1',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:2',
);
const video = [
  'm=video 9 UDP/TLS/RTP/SAVPF 96',
  'c=IN IP4 0.0.0.0',
  'a=mid:0',
  'a=extmap:1 urn:ietf:params:rtp-hdrext:sdes:mid',
  'a=recvonly',
];
const rest = [
  'm=audio 9 UDP/TLS/RTP/SAVPF 111',
  'a=mid:1',
  'm=application 9 UDP/DTLS/SCTP webrtc-datachannel',
  'a=mid:2',
];
const answer = lines('v=0', ...video, ...rest);

describe('transport-wide-cc-02', () => {
  test('the line is added to the video section with the offered id, and nothing else changes', () => {
    const edited = acceptTransportWideCc02(answer, offer);
    const expected = [...video];
    expected.splice(4, 0, `a=extmap:4 ${TRANSPORT_WIDE_CC_02}`);
    expect(edited).toBe(lines('v=0', ...expected, ...rest));
  });

  test('editing twice is editing once', () => {
    const edited = acceptTransportWideCc02(answer, offer);
    expect(acceptTransportWideCc02(edited, offer)).toBe(edited);
  });

  test('without any extmap line it stands after the mid', () => {
    const bare = lines('v=0', 'm=video 9 UDP/TLS/RTP/SAVPF 96', 'a=mid:0', 'a=recvonly');
    expect(acceptTransportWideCc02(bare, offer)).toBe(
      lines(
        'v=0',
        'm=video 9 UDP/TLS/RTP/SAVPF 96',
        'a=mid:0',
        `a=extmap:4 ${TRANSPORT_WIDE_CC_02}`,
        'a=recvonly',
      ),
    );
  });

  test.each([
    ['the offer does not name it', answer, offer.replace(TRANSPORT_WIDE_CC_02, 'urn:other')],
    ['the section was rejected', answer.replace('m=video 9', 'm=video 0'), offer],
    ['the id means something else in the answer', answer.replace('extmap:1', 'extmap:4'), offer],
  ])('the answer stays as it is when %s', (_name, given, offered) => {
    expect(acceptTransportWideCc02(given, offered)).toBe(given);
  });

  test('a direction in the offered line does not hide it', () => {
    const directed = offer.replace('a=extmap:4 ', 'a=extmap:4/sendonly ');
    expect(acceptTransportWideCc02(answer, directed)).toContain(
      `a=extmap:4 ${TRANSPORT_WIDE_CC_02}`,
    );
  });
});

describe('stereo sound', () => {
  const withOpus = (fmtp: string): string =>
    lines(
      'v=0',
      ...video,
      'a=rtpmap:96 H264/90000',
      'a=fmtp:96 packetization-mode=1',
      'm=audio 9 UDP/TLS/RTP/SAVPF 111',
      'a=mid:1',
      'a=rtpmap:111 opus/48000/2',
      fmtp,
    );

  test('is asked for beside what Opus has already, and no other format is touched', () => {
    expect(acceptStereo(withOpus('a=fmtp:111 minptime=10;useinbandfec=1'))).toBe(
      withOpus('a=fmtp:111 minptime=10;useinbandfec=1;stereo=1'),
    );
  });

  test.each(['a=fmtp:111 stereo=1;useinbandfec=1', 'a=fmtp:111 useinbandfec=1;stereo=0'])(
    'is left alone where it is said: %s',
    (fmtp) => {
      expect(acceptStereo(withOpus(fmtp))).toBe(withOpus(fmtp));
    },
  );

  test('sprop-stereo says something else', () => {
    expect(acceptStereo(withOpus('a=fmtp:111 sprop-stereo=1'))).toBe(
      withOpus('a=fmtp:111 sprop-stereo=1;stereo=1'),
    );
  });
});

test('an answer whose video has port 0 rejects the video', () => {
  expect(rejectsVideo(answer)).toBe(false);
  expect(rejectsVideo(answer.replace('m=video 9', 'm=video 0'))).toBe(true);
});
