// Prints "N passed, N failed" from a report of vitest's JSON reporter: count-tests.mjs FILE STATUS,
// where STATUS is the exit status of the run. Used by .ci/run.
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

/** @typedef {{ status: string, assertionResults: { status: string }[] }} FileResult */

/**
 * Counts the tests of a report. A file that could not be loaded counts as one failure, and so does
 * a run that failed with no failing test to show: an error outside of any test, or no report.
 * @param {string | undefined} report
 * @param {{ hasSucceeded: boolean }} run
 */
export function countTests(report, { hasSucceeded }) {
  let passed = 0;
  let failed = 0;
  for (const file of parseFiles(report)) {
    const failedHere = file.assertionResults.filter((one) => one.status === 'failed').length;
    passed += file.assertionResults.filter((one) => one.status === 'passed').length;
    failed += failedHere === 0 && file.status === 'failed' ? 1 : failedHere;
  }
  if (failed === 0 && !hasSucceeded) failed = 1;
  return { passed, failed };
}

/**
 * @param {string | undefined} report
 * @returns {FileResult[]}
 */
function parseFiles(report) {
  if (report === undefined) return [];
  /** @type {unknown} */
  const parsed = JSON.parse(report);
  return /** @type {{ testResults: FileResult[] }} */ (parsed).testResults;
}

/** @param {string} file */
function readReport(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

const [, script = '', file = '', status = '1'] = process.argv;
if (import.meta.url === pathToFileURL(script).href) {
  const { passed, failed } = countTests(readReport(file), { hasSucceeded: status === '0' });
  process.stdout.write(`${passed.toString()} passed, ${failed.toString()} failed\n`);
}
