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
      // Loading the CDK, the SDK and the handlers takes seconds: files share workers that load them once. They change nothing that
      // they share. Vitest leaves a core free by default; on a machine with two that is half of it.
      { extends: true, test: { name: 'lib', include: ['lib/**/*.test.ts'], isolate: false, maxWorkers: 2 } },
      {
        extends: true,
        test: {
          name: 'code',
          include: ['{bin,lambdas,drills,test}/**/*.test.ts'],
          isolate: false,
          maxWorkers: 2,
        },
      },
    ],
  },
});
