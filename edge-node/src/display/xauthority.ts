/**
 * The bytes of an Xauthority file with one MIT-MAGIC-COOKIE-1 that fits every display name (FamilyWild, Xau(3)):
 * u16 family 0xffff, then counted strings (u16 length, big-endian): address "", number "", name, data.
 */
export function xauthorityFile(cookieHex: string): Buffer {
  const counted = (bytes: Buffer): Buffer => {
    const length = Buffer.alloc(2);
    length.writeUInt16BE(bytes.length);
    return Buffer.concat([length, bytes]);
  };
  const empty = Buffer.alloc(0);
  return Buffer.concat([
    Buffer.from([0xff, 0xff]),
    counted(empty),
    counted(empty),
    counted(Buffer.from('MIT-MAGIC-COOKIE-1', 'latin1')),
    counted(Buffer.from(cookieHex, 'hex')),
  ]);
}
