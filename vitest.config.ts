import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['{bin,lib,lambdas,drills,test}/**/*.test.ts'],
    environment: 'node',
    pool: 'threads',
    testTimeout: 60_000,
  },
});
