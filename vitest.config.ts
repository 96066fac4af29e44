import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    environment: 'node',
    pool: 'threads',
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // .ci/run counts from this report
    reporters: process.env.CI ? ['default', ['json', { outputFile: 'test-results/report.json' }]] : ['default'],
    projects: [
      // Loading the CDK takes seconds: these files share one worker that loads it once. They change nothing that they share.
      { extends: true, test: { name: 'lib', include: ['lib/**/*.test.ts'], isolate: false, maxWorkers: 1 } },
      { extends: true, test: { name: 'code', include: ['{bin,lambdas,drills,test}/**/*.test.ts'] } },
    ],
  },
});
