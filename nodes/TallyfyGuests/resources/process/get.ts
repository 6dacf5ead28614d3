// Process > Get
import { simplifiedProcess } from '../../output/process';
import { outputField, outputOf } from '../fields';
import type { Operation } from '../operation';
import { processLocator, processSegment } from './locator';

export const processOutput = outputField(
	'process',
	"Tallyfy's own object",
	'The ten fields most workflows need',
);

export const processGet: Operation = {
	value: 'get',
	name: 'Get',
	action: 'Get single process',
	description: 'Get one process: its status, its progress in percent, and its dates',
	request: { method: 'GET', url: '/runs/{process}' },
	segments: { process: processSegment },
	output: (client) => outputOf(client, simplifiedProcess),
	fields: [processLocator, processOutput],
};
