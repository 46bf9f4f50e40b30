import { defineConfig } from 'vitest/config';

// Two test files at a time: the suite runs real models on threads of its own, and more files would only fight for cores.
export default defineConfig({
  test: {
    include: ['{retrieval,trainer,server,scripts,test}/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
