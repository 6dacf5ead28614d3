import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';
import { Results } from './test/e2e/support/results.mts';

/** The longest first, so that nothing has to wait for them at the end. */
const LONGEST = ['08-queue', '12-trigger', '07-canvas', '10-examples'];

class LongestFirst extends BaseSequencer {
	override async sort(files: TestSpecification[]) {
		const place = ({ moduleId }: TestSpecification) => {
			const at = LONGEST.findIndex((name) => moduleId.includes(name));
			return at < 0 ? LONGEST.length : at;
		};
		return [...files].sort(
			(one, other) => place(one) - place(other) || one.moduleId.localeCompare(other.moduleId),
		);
	}
}

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
		// Much of it is waiting. Scenarios take turns at each n8n (locks.mts).
		maxWorkers: Number(process.env.E2E_WORKERS ?? 2),
		sequence: { sequencer: LongestFirst },
		testTimeout: 600_000,
		hookTimeout: 600_000,
		teardownTimeout: 60_000,
		expect: { poll: { timeout: 120_000 } },
	},
});
