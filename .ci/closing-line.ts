import { readFileSync } from 'node:fs';

/** What the JSON reporter of the test runner writes, as far as it is read here. */
interface Report {
  success: boolean;
  numPassedTests: number;
  testResults: { name: string; status: string; assertionResults: { status: string }[] }[];
}

const [path = ''] = process.argv.slice(2);
const { success, numPassedTests: passed, testResults } = JSON.parse(readFileSync(path, 'utf8')) as Report;
const failed = testResults.reduce((sum, file) => {
  const tests = file.assertionResults.filter((test) => test.status === 'failed').length;
  // a file that could not be loaded has no failed test, and is one
  return sum + (tests === 0 && file.status === 'failed' ? 1 : tests);
}, 0);

process.stdout.write(`${passed} passed, ${failed} failed\n`);
process.exitCode = success && failed === 0 && passed > 0 ? 0 : 1;
