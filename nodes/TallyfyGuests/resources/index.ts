// The Resource menu, and the switch that sends every request of every operation through the door.
import type { INodeProperties } from 'n8n-workflow';
import { wholeAnswer } from '../transport/door';
import { guestProperties } from './guest';
import { pacing } from './pacing';

const resource: INodeProperties = {
	displayName: 'Resource',
	name: 'resource',
	type: 'options',
	noDataExpression: true,
	options: [{ name: 'Guest', value: 'guest' }],
	default: 'guest',
	// The engine takes the first switch it meets, and Resource stands first: no operation can forget or undo it.
	routing: { send: { paginate: true }, output: { postReceive: [wholeAnswer] } },
};

export const properties: INodeProperties[] = [resource, ...guestProperties, pacing];
