// Scenario 5: rows that fail leave by the error output, with their input, and can go back into the queue.
import { beforeAll, expect, it } from 'vitest';
import { itemsOf, type Execution } from '../../dev/n8nClient.mts';
import { clientOf, describeWorlds, sandboxOf } from './support/world.mts';
import { byHand, chain, rows, tallyfy } from './support/workflows.mts';

const LIMIT = 8;
const PEOPLE = Array.from({ length: 20 }, (_, at) => ({
	row: at + 1,
	email: `row${at + 1}@client.test`,
	firstName: `Person ${at + 1}`,
}));
const NO_EMAIL = { row: 21, email: 'nobody', firstName: 'No Address' };

type Row = Record<string, unknown>;
interface FailedRow extends Row {
	message: string;
	error: Record<string, unknown>;
}

describeWorlds('The error output', (world) => {
	const sandbox = sandboxOf(world);
	let first: Execution;
	let second: Execution;
	let failed: FailedRow[];

	const addAll = async (list: Row[]) => {
		const client = clientOf(world);
		const add = tallyfy(
			world,
			'Create',
			{
				resource: 'guest',
				operation: 'create',
				email: '={{ $json.email }}',
				additionalFields: { firstName: '={{ $json.firstName }}' },
			},
			{ onError: 'continueErrorOutput' },
		);
		const done = { ...byHand(), name: 'Done', type: 'n8n-nodes-base.noOp' };
		const queue = { ...done, name: 'Queue again' };
		const workflow = await client.createWorkflow(
			chain(
				'Rows with an error output',
				[byHand(), ...rows(list), add, done],
				[['Create', 1, 'Queue again']],
				[queue],
			),
		);
		return await client.run(workflow, 'Run by hand');
	};

	beforeAll(async () => {
		await sandbox.reset({ guests: 20 });
		await sandbox.behave({
			// The hourly cap in the middle of the list, and lost answers on the way there.
			limits: { invites: { guests: LIMIT, windowMs: 3_600_000 } },
			faults: [{ method: 'POST', path: '/guests$', drop: 'after', every: 3, times: 2 }],
		});
		first = await addAll([...PEOPLE, NO_EMAIL]);
		failed = itemsOf(first, 'Queue again') as FailedRow[];
		await sandbox.behave({});
		second = await addAll(failed.filter(({ error }) => error.status === 429));
	});

	it('lets the rows through that Tallyfy takes, and holds back the others, none lost', () => {
		expect(first.status).toBe('success');
		const done = itemsOf(first, 'Done').map(({ email }) => email);
		expect(done).toHaveLength(LIMIT);
		const all = [...done, ...failed.map(({ email }) => email)];
		expect(all.sort()).toEqual([...PEOPLE, NO_EMAIL].map(({ email }) => email).sort());
	});

	it('gives a failed row back as it came in, with what happened beside it', () => {
		const capped = failed.filter(({ error }) => error.status === 429);
		expect(capped).toHaveLength(PEOPLE.length - LIMIT);
		for (const { row, email, firstName, message, error } of capped) {
			expect({ row, email, firstName }).toEqual(PEOPLE[Number(row) - 1]);
			expect(message).toMatch(/^You've reached the hourly limit for Guest Invite/);
			expect(error).toMatchObject({ status: 429, code: 'RATE_LIMIT_EXCEEDED' });
			expect(error.retryAfterSeconds).toBeGreaterThan(3000);
			expect(Date.parse(String(error.retryAt))).toBeGreaterThan(Date.now());
		}
	});

	it('says of a row that can never succeed what to put right, so that it is not queued again', () => {
		const hopeless = failed.filter(({ error }) => error.status !== 429);
		expect(hopeless).toHaveLength(1);
		expect(hopeless[0]).toMatchObject(NO_EMAIL);
		expect(hopeless[0].message).toBe('Email is not an email: nobody');
		expect(hopeless[0].error.description).toBe('Give the full address, e.g. nathan@example.com.');
	});

	it('takes the queued rows in a second run when the trouble is over', () => {
		expect(itemsOf(second, 'Queue again')).toEqual([]);
		expect(itemsOf(second, 'Done')).toHaveLength(PEOPLE.length - LIMIT);
	});

	it('creates everybody once, in spite of lost answers', async () => {
		const there = (await sandbox.guests()).map(({ email }) => email);
		expect(there.filter((email) => email.startsWith('row')).sort()).toEqual(
			PEOPLE.map(({ email }) => email).sort(),
		);
		const creates = (await sandbox.requests()).filter(
			({ method, status }) => method === 'POST' && status === 201,
		);
		expect(creates).toHaveLength(PEOPLE.length);
		expect((await sandbox.summary()).violations).toEqual([]);
	});
});
