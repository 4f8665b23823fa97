// Which byte may follow a lead byte: Unicode 16, table 3-7 (well-formed UTF-8 byte sequences).

const CONTINUATION_MIN = 0x80;
const CONTINUATION_MAX = 0xbf;

/** Bytes that follow this lead byte, or -1 when it can not lead. */
function continuationCount(lead: number): number {
  if (lead < 0x80) return 0;
  if (lead >= 0xc2 && lead <= 0xdf) return 1;
  if (lead >= 0xe0 && lead <= 0xef) return 2;
  return lead >= 0xf0 && lead <= 0xf4 ? 3 : -1;
}

/** Whether the second byte is in the range that this lead byte allows (no overlong form, no surrogate, at most U+10FFFF). */
function isSecondByte(lead: number, second: number): boolean {
  const min = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : CONTINUATION_MIN;
  const max = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : CONTINUATION_MAX;
  return second >= min && second <= max;
}

/** Whether `bytes[start, end)` is well-formed UTF-8. Allocates nothing. */
export function isWellFormedUtf8(bytes: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const lead = bytes[at] ?? 0;
    const count = continuationCount(lead);
    if (count < 0 || at + count >= end) return false;
    if (count > 0 && !isSecondByte(lead, bytes[at + 1] ?? 0)) return false;
    for (let k = 2; k <= count; k += 1) {
      const byte = bytes[at + k] ?? 0;
      if (byte < CONTINUATION_MIN || byte > CONTINUATION_MAX) return false;
    }
    at += 1 + count;
  }
  return true;
}
