/** What must be done to one text to make it another, at its end. */
export type TextChange = { readonly backspaces: number; readonly insert: string };

/** The shortest change from `before` to `after` by deleting at the end and typing; counted in code points. */
export function textChange(before: string, after: string): TextChange {
  const from = Array.from(before);
  const to = Array.from(after);
  let common = 0;
  while (common < from.length && common < to.length && from[common] === to[common]) common++;
  return { backspaces: from.length - common, insert: to.slice(common).join('') };
}

/**
 * Whether the unfinished text of an input method may be sent as it grows. Phone keyboards compose every Latin word, and the player wants to see
 * each letter; kana, pinyin marks or hangul wait until they are committed.
 */
export function isPlainLatin(text: string): boolean {
  return /^[\u0020-\u007e\u00a0-\u024f\u2018-\u201d]*$/u.test(text);
}
