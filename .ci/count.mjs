// Prints "N passed, N failed" from a report of vitest's JSON reporter.
// A file that could not be loaded counts as one failure, and so does a run that failed with no
// failing test to show (an error outside of any test, or no report at all).
import { readFileSync } from 'node:fs';

const [file = '', testStatus = '1'] = process.argv.slice(2);
let passed = 0;
let failed = 0;
try {
  for (const suite of JSON.parse(readFileSync(file, 'utf8')).testResults) {
    const count = (status) => suite.assertionResults.filter((t) => t.status === status).length;
    passed += count('passed');
    failed += count('failed');
    if (suite.status === 'failed' && count('failed') === 0) failed += 1;
  }
} catch (error) {
  console.log(`no report of the tests: ${error.message}`);
}
if (failed === 0 && testStatus !== '0') failed = 1;
console.log(`${passed} passed, ${failed} failed`);
