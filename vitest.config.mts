import { defineConfig } from 'vitest/config';

export default defineConfig({
	test: {
		include: ['test/{unit,engine,conformance}/**/*.test.mts'],
		globalSetup: ['test/support/build.mts'],
		// The engine is loaded from files, as n8n loads it, and starts slowly.
		testTimeout: 30_000,
		hookTimeout: 60_000,
	},
});
