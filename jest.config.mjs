const shared = {
  testEnvironment: 'node',
  extensionsToTreatAsEsm: ['.ts'],
  transform: { '\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }] },
};

/** Those of functions and command share one PostgreSQL and one emulator; the others start what they need. */
const WITH_SERVERS = ['functions', 'cli'];

export default {
  // One lake is shared by the end-to-end tests, so that their order counts.
  testSequencer: '<rootDir>/test/by-name.mjs',
  // Servers and tests share the machine: what takes 100 ms alone has been seen to take 3 s.
  testTimeout: 30_000,
  projects: [
    {
      ...shared,
      displayName: 'with servers',
      testMatch: WITH_SERVERS.map((folder) => `<rootDir>/test/${folder}/**/*.test.ts`),
      globalSetup: '<rootDir>/test/servers/start.mjs',
      globalTeardown: '<rootDir>/test/servers/stop.mjs',
      setupFiles: ['<rootDir>/test/servers/account.ts'],
    },
    {
      ...shared,
      displayName: 'others',
      testMatch: ['<rootDir>/test/**/*.test.ts'],
      testPathIgnorePatterns: [...WITH_SERVERS, 'end-to-end', 'twenty-runs', 'sustained'].map((folder) => `<rootDir>/test/${folder}/`),
    },
    {
      ...shared,
      displayName: 'end to end',
      testMatch: ['<rootDir>/test/end-to-end/**/*.test.ts'],
      globalSetup: '<rootDir>/test/end-to-end/start.mjs',
      globalTeardown: '<rootDir>/test/end-to-end/stop.mjs',
    },
    {
      ...shared,
      displayName: 'sustained',
      testMatch: ['<rootDir>/test/sustained/**/*.test.ts'],
      globalSetup: '<rootDir>/test/end-to-end/start.mjs',
      globalTeardown: '<rootDir>/test/end-to-end/stop.mjs',
    },
    {
      ...shared,
      displayName: 'twenty runs',
      testMatch: ['<rootDir>/test/twenty-runs/**/*.test.ts'],
      globalSetup: '<rootDir>/test/end-to-end/start.mjs',
      globalTeardown: '<rootDir>/test/end-to-end/stop.mjs',
    },
  ],
};
