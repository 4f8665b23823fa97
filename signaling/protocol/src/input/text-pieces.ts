import { encodeUtf8 } from '../wire/text-codec.ts';
import { MAX_TEXT_BYTES } from './packet.ts';

/** `text` in pieces of at most MAX_TEXT_BYTES of UTF-8, cut between characters; lone surrogates become U+FFFD. Empty for "". */
export function splitText(text: string): string[] {
  const pieces: string[] = [];
  let piece = '';
  let pieceBytes = 0;
  for (const character of text.toWellFormed()) {
    const characterBytes = encodeUtf8(character).byteLength;
    if (pieceBytes + characterBytes > MAX_TEXT_BYTES) {
      pieces.push(piece);
      piece = '';
      pieceBytes = 0;
    }
    piece += character;
    pieceBytes += characterBytes;
  }
  if (piece !== '') pieces.push(piece);
  return pieces;
}
