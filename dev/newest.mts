// `npm run test:newest`: the engine tests on the n8n-core of the newest pinned n8n, under the Node.js that it needs. The
// node must behave the same on every version.
import { spawn } from 'node:child_process';
import { installedHost, projectRoot } from './host.mts';

const host = await installedHost('2.41', console.log);
const args = process.argv.slice(2);
const chosen = args.some((arg) => arg.endsWith('.mts')) ? [] : ['test/engine'];
const vitest = ['node_modules/vitest/vitest.mjs', 'run', ...chosen, '--silent=true'];
const child = spawn(host.node, [...vitest, ...args], {
	cwd: projectRoot,
	stdio: 'inherit',
	env: { ...process.env, N8N_ENGINE: host.folder, N8N_LOG_LEVEL: 'silent' },
});
child.on('close', (code) => process.exit(code ?? 1));
