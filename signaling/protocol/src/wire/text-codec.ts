// UTF-8 both ways. The package knows neither DOM nor Node types ("types": []), so the two classes that every platform has
// (WHATWG Encoding) are described here, for this file alone: a global declaration would clash with the DOM's own.

type Utf8Encoder = { encode(text: string): Uint8Array };
type Utf8Decoder = { decode(bytes: Uint8Array): string };
type Platform = {
  readonly TextEncoder: new () => Utf8Encoder;
  readonly TextDecoder: new (
    label: string,
    options: { readonly fatal: boolean; readonly ignoreBOM: boolean },
  ) => Utf8Decoder;
};

const platform = globalThis as unknown as Platform;
const encoder = new platform.TextEncoder();
// ignoreBOM: a leading U+FEFF is content, so that decode(encode(text)) is the text.
const decoder = new platform.TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** UTF-8 bytes of `text`; a lone surrogate becomes U+FFFD. The caller owns the result. */
export function encodeUtf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** The text of UTF-8 bytes, or undefined when they are not valid UTF-8 (overlong forms and surrogates included). */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}
