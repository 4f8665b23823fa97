import { NAL_TYPE, splitAnnexB, type NalRange } from './annex-b.ts';
import { MAX_PAYLOAD_BYTES, type Packetiser } from './packetiser.ts';

const STAP_A = 24;
const FU_A = 28;

type Payload =
  | { readonly kind: 'single'; readonly start: number; readonly end: number }
  | { readonly kind: 'aggregate'; readonly nals: readonly NalRange[]; readonly header: number }
  | {
      readonly kind: 'fragment';
      readonly start: number;
      readonly end: number;
      readonly indicator: number;
      readonly fuHeader: number;
    };

/**
 * H.264 payloads, packetization-mode 1 (RFC 6184): parameter sets (and whatever small unit follows them) aggregated as STAP-A (5.7.1),
 * large units as FU-A (5.8), all others as single NAL units. Access unit delimiters and filler are dropped: they carry no picture.
 *
 * ```
 * FU-A:   |F|NRI| 28 | |S|E|0| type | fragment...        STAP-A: |F|NRI| 24 | size(2) NAL size(2) NAL ...
 * ```
 */
export class H264Packetiser implements Packetiser {
  readonly #maxPayloadBytes: number;
  #frame: Uint8Array = new Uint8Array(0);
  readonly #nals: NalRange[] = [];
  readonly #payloads: Payload[] = [];

  constructor(maxPayloadBytes = MAX_PAYLOAD_BYTES) {
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  plan(frame: Uint8Array): number {
    this.#frame = frame;
    this.#nals.length = 0;
    this.#payloads.length = 0;
    splitAnnexB(frame, this.#nals);
    let pending: NalRange[] = [];
    let pendingBytes = 1;
    const flush = (): void => {
      this.#aggregate(pending);
      pending = [];
      pendingBytes = 1;
    };
    for (const nal of this.#nals) {
      const type = (frame[nal.start] ?? 0) & 31;
      if (type === NAL_TYPE.accessUnitDelimiter || type === NAL_TYPE.filler) continue;
      const sizeBytes = nal.end - nal.start;
      if (pendingBytes + 2 + sizeBytes > this.#maxPayloadBytes) flush();
      const isParameterSet = type === NAL_TYPE.sps || type === NAL_TYPE.pps;
      if (sizeBytes > this.#maxPayloadBytes) this.#fragment(nal);
      // Only what can travel with parameter sets waits; slices of ordinary frames go out as they are.
      else if (isParameterSet || pending.length > 0) {
        pending.push(nal);
        pendingBytes += 2 + sizeBytes;
      } else this.#payloads.push({ kind: 'single', ...nal });
    }
    flush();
    return this.#payloads.length;
  }

  write(index: number, target: Uint8Array, offset: number): number {
    const payload = this.#payloads[index];
    if (payload === undefined) return 0;
    switch (payload.kind) {
      case 'single':
        target.set(this.#frame.subarray(payload.start, payload.end), offset);
        return payload.end - payload.start;
      case 'fragment':
        target[offset] = payload.indicator;
        target[offset + 1] = payload.fuHeader;
        target.set(this.#frame.subarray(payload.start, payload.end), offset + 2);
        return payload.end - payload.start + 2;
      case 'aggregate':
        return this.#writeAggregate(payload.nals, payload.header, target, offset);
    }
  }

  #writeAggregate(nals: readonly NalRange[], header: number, target: Uint8Array, offset: number) {
    let at = offset;
    target[at++] = header;
    for (const { start, end } of nals) {
      const sizeBytes = end - start;
      target[at++] = sizeBytes >> 8;
      target[at++] = sizeBytes & 255;
      target.set(this.#frame.subarray(start, end), at);
      at += sizeBytes;
    }
    return at - offset;
  }

  #aggregate(nals: readonly NalRange[]): void {
    const [first] = nals;
    if (first === undefined) return;
    if (nals.length === 1) {
      this.#payloads.push({ kind: 'single', ...first });
      return;
    }
    // F is the OR and NRI the maximum of the aggregated units (RFC 6184 5.7.1).
    let forbidden = 0;
    let reference = 0;
    for (const { start } of nals) {
      const header = this.#frame[start] ?? 0;
      forbidden |= header & 0x80;
      reference = Math.max(reference, header & 0x60);
    }
    this.#payloads.push({ kind: 'aggregate', nals, header: forbidden | reference | STAP_A });
  }

  #fragment(nal: NalRange): void {
    const header = this.#frame[nal.start] ?? 0;
    const indicator = (header & 0xe0) | FU_A;
    const type = header & 31;
    const firstByte = nal.start + 1;
    const totalBytes = nal.end - firstByte;
    const count = Math.ceil(totalBytes / (this.#maxPayloadBytes - 2));
    // Equal parts rather than full ones and a crumb: the loss of any packet costs the same.
    const partBytes = Math.ceil(totalBytes / count);
    for (let start = firstByte; start < nal.end; start += partBytes) {
      const end = Math.min(start + partBytes, nal.end);
      const flags = (start === firstByte ? 0x80 : 0) | (end === nal.end ? 0x40 : 0);
      this.#payloads.push({ kind: 'fragment', start, end, indicator, fuHeader: flags | type });
    }
  }
}
