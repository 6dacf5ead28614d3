import { describe, expect, it } from 'vitest';
import { hasCode, taskLinks } from '../../nodes/TallyfyGuests/resources/guestTask/taskLinks.ts';

const A = 'https://go.tallyfy.com/guest/AAA?task=1';
const B = 'https://go.tallyfy.com/guest-all-task/org/BBB';
const at = (link: string, email?: string) => ({ link, email });

describe('The links of a task', () => {
	it.each<[unknown, unknown]>([
		[
			[A, B],
			[at(A), at(B)],
		],
		[A, [at(A)]],
		[{ data: [A] }, [at(A)]],
		[[{ email: 'a@x.test', link: A }], [at(A, 'a@x.test')]],
		[
			{
				data: [
					{ guest: 'a@x.test', url: A },
					{ guest: { email: 'b@x.test' }, href: B },
				],
			},
			[at(A, 'a@x.test'), at(B, 'b@x.test')],
		],
		[[{ url: A }], [at(A)]],
		[{ 'a@x.test': A, 'b@x.test': B }, [at(A, 'a@x.test'), at(B, 'b@x.test')]],
		[{ 'a@x.test': { link_for_guest: A } }, [at(A, 'a@x.test')]],
		[{ 'a@x.test': [A] }, [at(A, 'a@x.test')]],
		[
			[{ 'a@x.test': A }, { 'b@x.test': B }],
			[at(A, 'a@x.test'), at(B, 'b@x.test')],
		],
		[{ 0: A, 1: B }, [at(A), at(B)]],
		[['', 'no link', null, 7, { url: null }, {}, 'ftp://x.test/a'], []],
		[undefined, []],
		[null, []],
	])('are found in %j', (taskUrls, links) => {
		expect(taskLinks({ owners: { taskUrls } } as never)).toEqual(links);
		expect(taskLinks({ taskUrls } as never)).toEqual(links);
	});

	it.each([
		[A, 'AAA', true],
		[B, 'BBB', true],
		['https://x.test/task/1?guest=AAA&x=1', 'AAA', true],
		['https://x.test/#/guest/AAA', 'AAA', true],
		[A, 'AA', false],
		[`${A}A`, 'AAAA', false],
	])('hold a code: %s has %s, %s', (link, code, has) => {
		expect(hasCode({ link }, code)).toBe(has);
	});
});
