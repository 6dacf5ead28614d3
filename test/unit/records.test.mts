import { describe, expect, it } from 'vitest';
import { ourName } from '../../nodes/TallyfyGuests/output/guest.ts';
import { memberName, simplifiedMember } from '../../nodes/TallyfyGuests/output/member.ts';
import { detailedTask, simplifiedTask } from '../../nodes/TallyfyGuests/output/task.ts';

describe('A member in the output', () => {
	it('has ten flat fields, most useful first, dates in one spelling', () => {
		const member = {
			id: 7,
			email: 'ann@x.example',
			first_name: 'Ann',
			last_name: 'Lee',
			role: 'Admin',
			status: 'active',
			timezone: 'UTC',
			created_at: '2025-01-15 10:30:00',
			last_login_at: 'never',
			link: 'secret',
		};
		expect(Object.entries(simplifiedMember(member))).toEqual([
			['id', 7],
			['email', 'ann@x.example'],
			['fullName', 'Ann Lee'],
			['role', 'Admin'],
			['status', 'active'],
			['firstName', 'Ann'],
			['lastName', 'Lee'],
			['timezone', 'UTC'],
			['createdAt', '2025-01-15T10:30:00.000Z'],
			['lastLoginAt', 'never'],
		]);
	});

	it('has null for what the API does not say, so that columns stay the same', () => {
		expect(Object.values(simplifiedMember({})).every((value) => value === null)).toBe(true);
	});

	it.each([
		[{ full_name: 'Ann B. Lee', first_name: 'Ann' }, 'Ann B. Lee'],
		[{ first_name: 'Ann', last_name: null }, 'Ann'],
		[{}, ''],
	])('is called by its full name, or what there is of it: %j', (member, name) => {
		expect(memberName(member)).toBe(name);
	});
});

describe('A task in the output', () => {
	const task = {
		id: 't',
		title: 'Sign',
		status: 'active',
		deadline: '2026-12-01 17:00:00',
		run_id: 'r',
		run: { data: { name: '\ufeffOnboarding - Acme' } },
		step: { title: 'Sign the contract' },
		checklist_id: 'c',
		is_oneoff_task: false,
		created_at: '2026-10-01T09:00:00+00:00',
		completed_at: '2026-10-02T09:00:00+00:00',
		owners: { taskUrls: ['https://go.tallyfy.com/secret'] },
	};
	const flat = [
		['id', 't'],
		['title', 'Sign'],
		['status', 'active'],
		['deadline', '2026-12-01T17:00:00.000Z'],
		['processId', 'r'],
		['processName', 'Onboarding - Acme'],
		['stepTitle', 'Sign the contract'],
		['isOneOff', false],
		['completedAt', '2026-10-02T09:00:00.000Z'],
	];

	it('has nine flat fields and never its owners, whose links open the task', () => {
		expect(Object.entries(simplifiedTask(task))).toEqual(flat);
	});

	it('names the guest where it is known whose task it is', () => {
		expect(Object.entries(simplifiedTask(task, 'jo@x.example'))).toEqual([
			...flat,
			['guestEmail', 'jo@x.example'],
		]);
	});

	it('has null for what did not come with it', () => {
		expect(simplifiedTask({ ...task, run: undefined, step: undefined })).toMatchObject({
			processName: null,
			stepTitle: null,
		});
		expect(Object.values(simplifiedTask({})).every((value) => value === null)).toBe(true);
	});

	it('that was read alone says what was done with it', () => {
		expect(Object.entries(detailedTask(task)).slice(9)).toEqual([
			['guestEmail', null],
			['approved', null],
			['description', null],
			['answers', {}],
			['files', []],
		]);
		const done = { ...task, is_approved: false, summary: '<p>Sign it</p>' };
		expect(detailedTask(done, 'jo@x.example')).toMatchObject({
			guestEmail: 'jo@x.example',
			approved: false,
			description: '<p>Sign it</p>',
		});
	});
});

describe('Names', () => {
	it.each([
		['first_name', 'firstName'],
		['phone_1', 'phone1'],
		['associated_members', 'associatedMembers'],
		['email', 'email'],
	])('of the API become ours: %s is %s', (theirs, ours) => {
		expect(ourName(theirs)).toBe(ours);
	});
});
