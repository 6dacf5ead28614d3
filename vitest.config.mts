import { createRequire } from 'node:module';
import { defineConfig } from 'vitest/config';

const require = createRequire(import.meta.url);

export default defineConfig({
	// n8n and the built package load the CommonJS build; the tests of sources must see the same classes.
	resolve: { alias: { 'n8n-workflow': require.resolve('n8n-workflow') } },
	test: {
		include: ['test/{unit,engine,conformance}/**/*.test.mts'],
		globalSetup: ['test/support/build.mts'],
		// Many wait for an outage or a pause to end, so more go side by side than there are cores.
		maxWorkers: 4,
		// The engine is loaded from files, as n8n loads it, and starts slowly.
		testTimeout: 30_000,
		hookTimeout: 60_000,
	},
});
