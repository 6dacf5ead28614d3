import { describe, expect, it } from 'vitest';
import {
	assignedSteps,
	taskOrders,
} from '../../nodes/TallyfyGuests/resources/process/assignments.ts';

const given = [{ step: 's', guests: ['a@x'], members: [] }];
const ordersOf = (own: object) => {
	const steps = [{ id: 's', title: 'Sign', ...own }];
	const assigned = assignedSteps(steps, given, false);
	return { assigned, orders: taskOrders(steps, assigned, undefined) };
};
const nobody = { users: [], guests: [], groups: [] };

describe('A step that is given to a guest at launch', () => {
	it('keeps its own people, also where they come as objects', () => {
		const own = { assignees: [{ id: 1 }], guests: [{ email: 'own@x' }], groups: [{ id: 'g' }] };
		const owners = { users: [1], guests: ['own@x', 'a@x'], groups: ['g'] };
		expect(ordersOf(own).orders).toEqual({ s: { owners } });
	});

	it.each([
		['without their lists', {}],
		['with guests only', { guests: ['own@x'] }],
		['with a guest who cannot be told', { assignees: [], guests: [{ id: 3 }], groups: [] }],
	])('is launched as it is, and gets the guest afterwards, where it comes %s', (_, own) => {
		const { assigned, orders } = ordersOf(own);
		expect(assigned[0].later).toBe(true);
		expect(orders).toEqual({ s: { owners: nobody } });
	});
});
