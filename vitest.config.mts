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
		// Only what hangs takes so long, also on a machine that is several times slower, or busy.
		testTimeout: 600_000,
		hookTimeout: 600_000,
	},
});
