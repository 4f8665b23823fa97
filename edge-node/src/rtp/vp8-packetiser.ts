import { MAX_PAYLOAD_BYTES, type Packetiser } from './packetiser.ts';

const DESCRIPTOR_BYTES = 4;

/**
 * VP8 payloads (RFC 7741 4.2): the descriptor with a 15-bit picture id, then a part of the frame. One partition (PID 0) for all, as
 * receivers only need to know where a frame starts.
 *
 * ```
 * |X=1|R|N|S|R| PID=0 |  |I=1|L|T|K| RSV |  |M=1| picture id, high 7 bits |  | low 8 bits |
 * ```
 */
export class Vp8Packetiser implements Packetiser {
  readonly #maxPayloadBytes: number;
  #frame: Uint8Array = new Uint8Array(0);
  #partBytes = 0;
  #pictureId: number;

  constructor(firstPictureId = 0, maxPayloadBytes = MAX_PAYLOAD_BYTES) {
    this.#pictureId = (firstPictureId - 1) & 0x7fff;
    this.#maxPayloadBytes = maxPayloadBytes;
  }

  plan(frame: Uint8Array): number {
    this.#frame = frame;
    if (frame.length === 0) return 0;
    this.#pictureId = (this.#pictureId + 1) & 0x7fff;
    const count = Math.ceil(frame.length / (this.#maxPayloadBytes - DESCRIPTOR_BYTES));
    this.#partBytes = Math.ceil(frame.length / count);
    return Math.ceil(frame.length / this.#partBytes);
  }

  write(index: number, target: Uint8Array, offset: number): number {
    const start = index * this.#partBytes;
    const end = Math.min(start + this.#partBytes, this.#frame.length);
    if (end <= start) return 0;
    target[offset] = index === 0 ? 0x90 : 0x80;
    target[offset + 1] = 0x80;
    target[offset + 2] = 0x80 | (this.#pictureId >> 8);
    target[offset + 3] = this.#pictureId & 255;
    target.set(this.#frame.subarray(start, end), offset + DESCRIPTOR_BYTES);
    return end - start + DESCRIPTOR_BYTES;
  }
}
