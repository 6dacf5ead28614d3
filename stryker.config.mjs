// `npm run mutate`: are the unit tests able to notice a change? Only the pure rooms, transport and output.
export default {
	testRunner: 'vitest',
	plugins: ['@stryker-mutator/vitest-runner'],
	vitest: { configFile: 'vitest.unit.config.mts' },
	mutate: [
		'nodes/TallyfyGuests/{transport,output}/*.ts',
		// Shells on top of n8n: the engine tests see to them, and take too long for this.
		'!nodes/TallyfyGuests/transport/{client,send}.ts',
	],
	ignorePatterns: ['dist', 'dev/hosts', '.cache'],
	coverageAnalysis: 'perTest',
	concurrency: 2,
	reporters: ['clear-text', 'progress'],
	tempDirName: '.stryker-tmp',
};
