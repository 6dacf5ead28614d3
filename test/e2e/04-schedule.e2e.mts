// Scenario 4: an audit of inactive guests that a schedule starts.
import { beforeAll, expect, it } from 'vitest';
import { itemsOf, type Execution } from '../../dev/n8nClient.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { chain, everySeconds, keep, report, tallyfy } from './support/workflows.mts';
import type { Guest } from '../../sandbox/organization.mts';

/** The sandbox's visits end on 2026-11-01, so a date of ours makes the same guests inactive whenever this runs. */
const SINCE = '2026-08-03T12:00:00Z';

const lastVisit = ({ last_accessed_at: at }: Guest) =>
	at === null ? undefined : Date.parse(/Z|\+/.test(String(at)) ? String(at) : `${String(at)}Z`);
const inactive = (guest: Guest) =>
	(lastVisit(guest) ?? Infinity) < Date.parse(SINCE) &&
	!guest.details.disabled_at &&
	(guest.stats as { assigned_tasks: number }).assigned_tasks === 0;

describeWorlds('A scheduled audit of inactive guests', (world) => {
	const sandbox = sandboxOf(world);
	let before: Guest[];
	let execution: Execution;
	let mode: string;

	beforeAll(async () => {
		await sandbox.reset({ guests: 150 });
		before = await sandbox.guests();
		await sandbox.forget();
		const client = clientOf(world);
		const workflow = await client.createWorkflow(
			chain('Inactive guests', [
				everySeconds(2),
				tallyfy(world, 'Not seen for long', {
					resource: 'guest',
					operation: 'getAll',
					returnAll: true,
					filters: { lastAccessedBefore: SINCE, status: 'active' },
					options: { includeStats: true },
				}),
				keep('Without open tasks', '={{ $json.assignedTasks === 0 }}'),
				tallyfy(world, 'Disable', {
					resource: 'guest',
					operation: 'disable',
					guest: { __rl: true, mode: 'email', value: '={{ $json.email }}' },
				}),
				report(
					'={{ { count: $input.all().length, emails: $input.all().map((item) => item.json.email) } }}',
				),
			]),
		);
		await client.activate(workflow);
		const deadline = Date.now() + 120_000;
		let first: { id: string; mode: string } | undefined;
		while (!first && Date.now() < deadline) {
			await new Promise((wait) => setTimeout(wait, 200));
			first = (await client.executionsOf(workflow.id)).at(-1);
		}
		if (!first) throw new Error('The schedule started nothing within two minutes.');
		// The first one alone: the next finds nobody left, and its requests would be in the log.
		await client.deactivate(workflow);
		execution = await client.finished(first.id);
		mode = first.mode;
	});

	it('is started by the schedule, and ends well', () => {
		expect([mode, execution.error?.message, execution.status]).toEqual([
			'trigger',
			undefined,
			'success',
		]);
	});

	it('disables every inactive guest without open tasks, and nobody else', async () => {
		const wanted = before.filter(inactive).map(({ email }) => email);
		expect(wanted.length).toBeGreaterThan(5);
		const already = before.filter(({ details }) => details.disabled_at).map(({ email }) => email);
		const now = (await sandbox.guests()).filter(({ details }) => details.disabled_at);
		expect(now.map(({ email }) => email).sort()).toEqual([...wanted, ...already].sort());
	});

	it('reports them', () => {
		const wanted = before.filter(inactive).map(({ email }) => email);
		expect(itemsOf(execution, 'Report')).toEqual([{ count: wanted.length, emails: wanted }]);
	});

	it('asks for the list page by page, with the task numbers, and nothing against the contract', async () => {
		const lists = (await sandbox.requests())
			.filter(({ method, path }) => method === 'GET' && path.includes('/guests?'))
			.slice(0, 2);
		expect(lists.map(({ path }) => path.split('?')[1].split('&').sort().join('&'))).toEqual([
			'page=1&per_page=100&with=stats',
			'page=2&per_page=100&with=stats',
		]);
		expect((await sandbox.summary()).violations).toEqual([]);
	});
});
