import { defineConfig } from 'vitest/config';

/** Where a report for programs goes, if anywhere: `.ci/run` counts the tests by it. */
const jsonReport = process.env.VITEST_JSON_REPORT;

// Two test files at a time: the suite runs real models on threads of its own, and more files would only fight for cores.
export default defineConfig({
  test: {
    include: ['{retrieval,trainer,server,scripts,test}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    reporters: jsonReport ? ['default', ['json', { outputFile: jsonReport }]] : ['default'],
  },
});
