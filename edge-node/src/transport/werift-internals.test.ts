import { afterEach, expect, it } from 'vitest';
import { RTCPeerConnection } from 'werift';
import { guardSctp } from './werift-internals.ts';

const [LAST, FIRST] = [1, 2] as const;

type Sctp = {
  readonly advertisedRwnd: number;
  lastReceivedTsn: number;
  readonly onReceive: {
    subscribe(heard: (streamId: number, ppId: number, data: Buffer) => void): void;
  };
  receiveDataChunk(chunk: object): void;
  receiveForwardTsnChunk(chunk: object): void;
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  await Promise.all(closers.splice(0).map((close) => close()));
});

function newSctp() {
  const connection = new RTCPeerConnection();
  closers.push(() => connection.close());
  connection.createDataChannel('control', { negotiated: true, id: 2 });
  const [dtls] = connection.dtlsTransports;
  if (dtls === undefined) throw new Error('no transport');
  guardSctp(connection, dtls, { onMalformed: () => undefined, onFlood: () => undefined });
  const sctp = connection.sctpTransport?.sctp as unknown as Sctp;
  sctp.lastReceivedTsn = 100;
  const heard: string[] = [];
  sctp.onReceive.subscribe((_streamId, _ppId, data) => heard.push(data.toString()));
  const piece = (tsn: number, flags: number, text: string, streamSeqNum = 0): void => {
    const userData = Buffer.from(text);
    sctp.receiveDataChunk({ tsn, flags, streamId: 2, streamSeqNum, protocol: 53, userData });
  };
  return { sctp, heard, piece };
}

it('delivers everything that waited for a message that was lost', () => {
  const { sctp, heard, piece } = newSctp();
  const windowBytes = sctp.advertisedRwnd;
  // 101 is lost; 103, 105 and 107 are of other channels.
  piece(102, FIRST | LAST, 'two', 1);
  piece(104, FIRST | LAST, 'three', 2);
  piece(106, FIRST | LAST, 'goodbye', 3);
  expect(heard).toEqual([]);
  piece(101, FIRST | LAST, 'one', 0);
  expect(heard).toEqual(['one', 'two', 'three', 'goodbye']);
  expect(sctp.advertisedRwnd).toBe(windowBytes);
});

it('keeps the first piece of a reliable message when an unreliable one before it is given up', () => {
  const { sctp, heard, piece } = newSctp();
  // 101, of another channel, was lost.
  piece(102, FIRST, 'good');
  sctp.receiveForwardTsnChunk({ cumulativeTsn: 101, streams: [] });
  piece(103, LAST, 'bye');
  expect(heard).toEqual(['goodbye']);
});
