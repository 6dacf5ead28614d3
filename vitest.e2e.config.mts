import { defineConfig } from 'vitest/config';
import { Results } from './test/e2e/support/results.mts';

// Whole n8n installations with the packed package in them: `npm run test:e2e`. CONTRIBUTING says how to choose versions.
export default defineConfig({
	plugins: [
		{
			name: 'results',
			// Not in `test.reporters`, which --reporter replaces.
			configureVitest: ({ vitest }) => {
				vitest.config.reporters.push(new Results() as never);
			},
		},
	],
	test: {
		include: ['test/e2e/**/*.e2e.mts'],
		globalSetup: ['test/e2e/support/worlds.mts'],
		// One sandbox for each n8n: two scenarios at once would see each other's guests.
		fileParallelism: false,
		testTimeout: 180_000,
		hookTimeout: 180_000,
		teardownTimeout: 60_000,
	},
});
