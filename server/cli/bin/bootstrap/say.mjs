/**
 * Prints one line of progress on standard error.
 * @param {string} text
 */
export function say(text) {
  process.stderr.write(`perigee: ${text}\n`);
}
