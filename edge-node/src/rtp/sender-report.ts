/** Seconds between 1900 (NTP) and 1970 (Unix), RFC 868. */
const NTP_EPOCH_OFFSET_SECONDS = 2_208_988_800;

/** A wall time in NTP format (RFC 5905 6): seconds since 1900 and fraction in 1/2^32 s. */
export type NtpTime = { readonly seconds: number; readonly fraction: number };

/** `unixUs`: us since 1970. */
export function ntpFromUnixUs(unixUs: number): NtpTime {
  const seconds = Math.floor(unixUs / 1e6);
  const fraction = Math.floor(((unixUs - seconds * 1e6) / 1e6) * 2 ** 32);
  return { seconds: (seconds + NTP_EPOCH_OFFSET_SECONDS) % 2 ** 32, fraction };
}

/** Middle 32 bits of an NTP time, the form in which reports echo it. */
export function compactNtp(time: NtpTime): number {
  return ((time.seconds & 0xffff) * 0x10000 + (time.fraction >>> 16)) >>> 0;
}

/**
 * Sender report with an SDES CNAME behind it, as RFC 3550 6.1 wants it of every compound packet. All counters are taken modulo 2^32.
 *
 * ```
 * |V=2|P| RC=0 | 200 | length=6 | SSRC | NTP seconds | NTP fraction | RTP timestamp | packets | octets |  SDES |V=2|P| 1 | 202 | SSRC | 1 | n | cname | 0
 * ```
 */
export function encodeSenderReport(report: {
  readonly ssrc: number;
  readonly ntp: NtpTime;
  readonly rtpTimestamp: number;
  readonly packetCount: number;
  readonly octetCount: number;
  readonly cname: string;
}): Buffer {
  const cname = Buffer.from(report.cname).subarray(0, 255);
  // SSRC (4), item type and length (2), text, at least one zero byte, padded to 32 bits.
  const sdesBytes = 4 + Math.ceil((4 + 2 + cname.length + 1) / 4) * 4;
  const bytes = Buffer.alloc(28 + sdesBytes);
  bytes[0] = 0x80;
  bytes[1] = 200;
  bytes.writeUInt16BE(6, 2);
  bytes.writeUInt32BE(report.ssrc, 4);
  bytes.writeUInt32BE(report.ntp.seconds, 8);
  bytes.writeUInt32BE(report.ntp.fraction, 12);
  bytes.writeUInt32BE(report.rtpTimestamp % 2 ** 32, 16);
  bytes.writeUInt32BE(report.packetCount % 2 ** 32, 20);
  bytes.writeUInt32BE(report.octetCount % 2 ** 32, 24);
  bytes[28] = 0x81;
  bytes[29] = 202;
  bytes.writeUInt16BE(sdesBytes / 4 - 1, 30);
  bytes.writeUInt32BE(report.ssrc, 32);
  bytes[36] = 1;
  bytes[37] = cname.length;
  cname.copy(bytes, 38);
  return bytes;
}
