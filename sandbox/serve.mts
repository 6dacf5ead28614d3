// Starts the sandbox alone and prints its Base URL: `npx tsx sandbox/serve.mts [--guests N] [--port N] [--no-checks]`.
import { parseArgs } from 'node:util';
import { startSandbox } from './server.mts';

const { values } = parseArgs({
	options: {
		guests: { type: 'string', default: '250' },
		port: { type: 'string', default: '0' },
		'no-checks': { type: 'boolean', default: false },
	},
});
const sandbox = await startSandbox({
	guests: Number(values.guests),
	port: Number(values.port),
	checks: !values['no-checks'],
});
console.log(sandbox.baseUrl);
