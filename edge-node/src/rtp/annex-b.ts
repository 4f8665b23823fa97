// H.264 byte stream format (ITU-T H.264 annex B): NAL units behind start codes 00 00 01 or 00 00 00 01.

/** A NAL unit inside an access unit: bytes `start` (its header) to `end`, without start code and trailing zeros. */
export type NalRange = { readonly start: number; readonly end: number };

/** NAL unit types of H.264 table 7-1 that the packetiser treats apart. */
export const NAL_TYPE = { idr: 5, sps: 7, pps: 8, accessUnitDelimiter: 9, filler: 12 } as const;

/** Position of the next `00 00 01` at or after `from`; -1 when there is none. */
function findStartCode(bytes: Uint8Array, from: number): number {
  // Only the third byte of a start code can be 1 here, so most steps skip three bytes.
  for (let i = from + 2; i < bytes.length;) {
    const value = bytes[i] ?? 0;
    if (value > 1) i += 3;
    else if (value === 1) {
      if (bytes[i - 1] === 0 && bytes[i - 2] === 0) return i - 2;
      i += 3;
    } else i += 1;
  }
  return -1;
}

/** Appends the NAL units of one access unit to `into`; empty units are left out. Bytes before the first start code are ignored. */
export function splitAnnexB(accessUnit: Uint8Array, into: NalRange[]): void {
  let code = findStartCode(accessUnit, 0);
  while (code >= 0) {
    const start = code + 3;
    const next = findStartCode(accessUnit, start);
    let end = next < 0 ? accessUnit.length : next;
    // A NAL unit never ends with a zero byte (7.4.1), so these belong to the next start code or are padding.
    while (end > start && accessUnit[end - 1] === 0) end -= 1;
    if (end > start) into.push({ start, end });
    code = next;
  }
}
