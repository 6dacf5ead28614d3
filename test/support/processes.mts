// What the tests of processes and templates share: parameters, the templates of the sandbox, and one with as many steps as wanted.
import type { INodeParameters } from 'n8n-workflow';
import type { Json, Organization } from '../../sandbox/organization.mts';
import type { Sandbox } from '../../sandbox/server.mts';
import type { Field, Template } from '../../sandbox/work/model.mts';
import { templateOf, type StepShape } from '../../sandbox/work/templates.mts';
import { byId } from './guests.mts';

/** Parameters of an operation on processes. */
export const process = (operation: string, parameters: Record<string, unknown> = {}) =>
	({ resource: 'process', operation, ...parameters }) as INodeParameters;

/** Parameters of an operation on templates. */
export const template = (operation: string, parameters: Record<string, unknown> = {}) =>
	({ resource: 'template', operation, ...parameters }) as INodeParameters;

export const titled = ({ work }: Organization, title: string) =>
	[...work.templates.values()].find((one) => one.title === title) as Template;

/** The template with every type of kick-off field; its steps: upload, check (no guests allowed), welcome. */
export const ONBOARDING = 'Client onboarding';

export const fieldOf = ({ prerun }: Template, label: string) =>
	prerun.find((field) => field.label === label) as Field;

/** Adds a template with so many steps and no kick-off form. */
export function addTemplate({ work, me }: Organization, count: number, shape: StepShape = {}) {
	const made = templateOf(count, me.id, shape);
	work.templates.set(made.id, made);
	return made;
}

/** Launch from a template, with more parameters. */
export const launchOf = ({ id }: { id: string }, more: Record<string, unknown> = {}) =>
	process('launch', { template: byId(id), ...more });

/** Rows of Assignments, as the canvas stores them. */
export const rowsOf = (...assignment: Json[]) => ({ assignment });

/** The bodies of the launches that arrived. */
export const launches = ({ requests }: Sandbox) =>
	requests
		.filter(({ method, path }) => method === 'POST' && path.endsWith('/runs'))
		.map(({ body }) => body as Json & { prerun?: Json; tasks?: Record<string, Json> });

/** The processes that were launched in this test. */
export const launchedIn = ({ work }: Organization, name: string) =>
	[...work.processes.values()].filter((one) => one.name === name);

/** Requests as `METHOD path below the organization`. */
export const sentTo = ({ requests }: Sandbox) =>
	requests.map(
		({ method, path }) =>
			`${method} ${path.split('?')[0].replace(/^.*\/organizations\/[^/]+/, '')}`,
	);
