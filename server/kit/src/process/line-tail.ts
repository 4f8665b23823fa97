// The last lines of a stream of bytes that nobody trusts: bounded in lines, in line length and in memory.
import { StringDecoder } from 'node:string_decoder';

export type LineTailOptions = {
  /** Lines kept. */
  readonly maxLines: number;
  /** Characters kept of one line; the rest of a longer line is dropped. */
  readonly maxLineLength: number;
  /** Called with every whole line, already cut; must not throw. */
  readonly onLine?: (line: string) => void;
};

export type LineTail = {
  /** Feeds bytes; the buffer is not kept. */
  push(bytes: Uint8Array): void;
  /** Ends the last line, if it is not empty. */
  end(): void;
  /** A copy of the lines kept, oldest first. */
  lines(): string[];
  /** Bytes fed in all. */
  totalBytes(): number;
};

/** Creates an empty tail. Lines end at \n or \r\n; UTF-8 split between two pushes is put together. */
export function createLineTail(options: LineTailOptions): LineTail {
  const { maxLines, maxLineLength, onLine } = options;
  const decoder = new StringDecoder('utf8');
  const kept: string[] = [];
  let partial = '';
  let totalBytes = 0;
  const add = (text: string): void => {
    if (partial.length < maxLineLength) partial += text.slice(0, maxLineLength - partial.length);
  };
  const finishLine = (): void => {
    const line = partial.endsWith('\r') ? partial.slice(0, -1) : partial;
    partial = '';
    kept.push(line);
    if (kept.length > maxLines) kept.shift();
    onLine?.(line);
  };
  return {
    push(bytes) {
      totalBytes += bytes.byteLength;
      const text = decoder.write(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
      let from = 0;
      for (;;) {
        const at = text.indexOf('\n', from);
        if (at < 0) break;
        add(text.slice(from, at));
        finishLine();
        from = at + 1;
      }
      add(text.slice(from));
    },
    end() {
      add(decoder.end());
      if (partial !== '') finishLine();
    },
    lines: () => [...kept],
    totalBytes: () => totalBytes,
  };
}
