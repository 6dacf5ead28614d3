// The parameter Member: its field, and the check of its ID. The ID is the key of every call about a member.
import type { INodeProperties } from 'n8n-workflow';
import { invalidParameter } from '../../transport/errors';
import type { PathSegment } from '../../transport/url';

export const memberLocator: INodeProperties = {
	displayName: 'Member',
	name: 'member',
	type: 'resourceLocator',
	required: true,
	default: { mode: 'list', value: '' },
	description: 'The member to work on',
	modes: [
		{
			displayName: 'From List',
			name: 'list',
			type: 'list',
			placeholder: 'Select a member...',
			typeOptions: { searchListMethod: 'searchMembers', searchable: true },
		},
		{
			displayName: 'By ID',
			name: 'id',
			type: 'string',
			placeholder: 'e.g. 20059',
			hint: 'The number that Member > Get Many gives as id',
		},
	],
};

/** The ID that a number or a text means; undefined for what is no whole number above 0. */
export function memberId(value: unknown): number | undefined {
	const plain = typeof value === 'string' ? /^\s*\d+\s*$/.test(value) : typeof value === 'number';
	const id = plain ? Number(value) : NaN;
	return Number.isSafeInteger(id) && id > 0 ? id : undefined;
}

/** `{member}` in a path: the parameter Member. */
export const memberSegment: PathSegment = {
	noun: 'member',
	parameter: 'Member',
	check: (value) => {
		const id = memberId(value);
		if (id !== undefined) return String(id);
		const blank = String(value ?? '').trim() === '';
		throw invalidParameter(
			'Member',
			blank ? 'is empty' : `is ${JSON.stringify(value)}, which is no member ID`,
			'Member IDs are whole numbers, e.g. 20059. Pick the member from the list, or take the ID from Member > Get Many.',
		);
	},
};
