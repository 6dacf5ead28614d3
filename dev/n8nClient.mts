// Driving a running n8n over its own REST interface, as its web application does.
import { randomUUID } from 'node:crypto';
import { parse as unflatten } from 'flatted';
import { Obstacle } from './host.mts';

export interface Login {
	email: string;
	password: string;
}

export interface WorkflowDocument {
	id?: string;
	name: string;
	nodes: Array<{
		name: string;
		type: string;
		parameters: Record<string, unknown>;
		credentials?: Record<string, { id: string; name: string }>;
		[setting: string]: unknown;
	}>;
	connections: Record<string, unknown>;
	settings?: Record<string, unknown>;
}

/** A workflow that n8n has saved. */
export type SavedWorkflow = WorkflowDocument & { id: string; versionId?: string };

interface TaskData {
	error?: { message: string; description?: string };
	/** How long it took, in milliseconds. */
	executionTime?: number;
	data?: { main: Array<Array<{ json: Record<string, unknown> }> | null> };
}

export interface Execution {
	id: string;
	status: string;
	/** What each node gave. */
	runData: Record<string, TaskData[]>;
	error?: { message: string; description?: string };
}

type Results = Omit<Execution, 'id' | 'status'>;

/** As much of a node's description as tests walk. */
export interface NodeTypeDescription {
	name: string;
	description: string;
	properties: Array<{
		name: string;
		type: string;
		displayOptions?: { show?: Record<string, unknown[]> };
		options?: Array<{ name: string; value: unknown }>;
	}>;
}

/** A sign-in that can be handed on: n8n allows few a minute. */
export interface Session {
	cookie: string;
	browserId: string;
}

export class N8nClient {
	/** @param session of somebody who has signed in; nobody, if left out */
	constructor(
		private readonly url: string,
		readonly session: Session = { cookie: '', browserId: randomUUID() },
	) {}

	/** One call; raises an Obstacle with n8n's own words when it is refused. */
	async call<T>(method: string, path: string, body?: unknown): Promise<T> {
		const response = await fetch(`${this.url}/rest${path}`, {
			method,
			headers: {
				'content-type': 'application/json',
				'browser-id': this.session.browserId,
				...(this.session.cookie ? { cookie: this.session.cookie } : {}),
			},
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		const cookie = response.headers.getSetCookie().find((entry) => entry.startsWith('n8n-auth='));
		if (cookie) this.session.cookie = cookie.split(';')[0];
		const text = await response.text();
		if (!response.ok) {
			throw new Obstacle(
				`n8n refused ${method} ${path} (${response.status}): ${text.slice(0, 300)}`,
			);
		}
		return (text ? (JSON.parse(text) as { data: T }).data : undefined) as T;
	}

	/** What n8n tells its web application about the nodes of a package, by type name; the version of each that is newest. */
	async nodeTypes(packageName: string): Promise<Map<string, NodeTypeDescription>> {
		const response = await fetch(`${this.url}/types/nodes.json`, {
			headers: { 'browser-id': this.session.browserId, cookie: this.session.cookie },
		});
		const all = (await response.json()) as NodeTypeDescription[];
		return new Map(
			all.filter(({ name }) => name.startsWith(`${packageName}.`)).map((type) => [type.name, type]),
		);
	}

	/** Makes the owner of a new n8n, or signs in to one that has it. */
	async signIn({ email, password }: Login): Promise<void> {
		const settings = await this.call<{ userManagement: { showSetupOnFirstLoad: boolean } }>(
			'GET',
			'/settings',
		);
		if (settings.userManagement.showSetupOnFirstLoad) {
			await this.call('POST', '/owner/setup', {
				email,
				password,
				firstName: 'Sandbox',
				lastName: 'Owner',
			});
		} else {
			await this.call('POST', '/login', { emailOrLdapLoginId: email, password });
		}
	}

	/** Makes the credential of this name say this; gives its id. */
	async saveCredential(
		name: string,
		type: string,
		data: Record<string, unknown>,
	): Promise<{ id: string; name: string }> {
		const all = await this.call<Array<{ id: string; name: string }>>('GET', '/credentials');
		const known = all.find((credential) => credential.name === name);
		const body = { name, type, data };
		const { id } = known
			? await this.call<{ id: string }>('PATCH', `/credentials/${known.id}`, body)
			: await this.call<{ id: string }>('POST', '/credentials', body);
		return { id, name };
	}

	async testCredential(id: string, name: string, type: string, data: Record<string, unknown>) {
		return await this.call<{ status: string; message: string }>('POST', '/credentials/test', {
			credentials: { id, name, type, data },
		});
	}

	async workflowNames(): Promise<Map<string, string>> {
		const all = await this.call<Array<{ id: string; name: string }>>('GET', '/workflows');
		return new Map(all.map(({ id, name }) => [name, id]));
	}

	async createWorkflow(workflow: WorkflowDocument): Promise<SavedWorkflow> {
		return await this.call('POST', '/workflows', {
			settings: {},
			// n8n 1 cannot save a workflow that does not say so.
			active: false,
			...workflow,
		});
	}

	/** Takes a workflow into production: its webhooks listen, its schedules run. */
	async activate(workflow: SavedWorkflow): Promise<void> {
		const { id, versionId } = workflow;
		try {
			await this.call('POST', `/workflows/${id}/activate`, { versionId });
		} catch (error) {
			// n8n 1 has a switch instead.
			if (!(error instanceof Obstacle) || !error.message.includes('(404)')) throw error;
			await this.call('PATCH', `/workflows/${id}`, { active: true, versionId });
		}
		await this.published(id, 'published');
	}

	/** Takes a workflow out of production. */
	async deactivate({ id }: SavedWorkflow): Promise<void> {
		try {
			await this.call('POST', `/workflows/${id}/deactivate`, {});
		} catch (error) {
			if (!(error instanceof Obstacle) || !error.message.includes('(404)')) throw error;
			const { versionId } = await this.call<SavedWorkflow>('GET', `/workflows/${id}`);
			await this.call('PATCH', `/workflows/${id}`, { active: false, versionId });
		}
		await this.published(id, 'not_published');
	}

	/** From n8n 2.41 on, its triggers come and go after the answer: waits for that. */
	private async published(id: string, wanted: 'published' | 'not_published'): Promise<void> {
		interface Publication {
			status: string;
			triggers: Array<{ errorMessage?: string }>;
		}
		const deadline = Date.now() + 60_000;
		for (;;) {
			const now = await this.call<Publication>('GET', `/workflows/${id}/publication-status`).catch(
				(error: unknown) => {
					if (error instanceof Obstacle && error.message.includes('(404)')) return undefined;
					throw error;
				},
			);
			if (!now || now.status === wanted) return;
			if (['failed', 'partial'].includes(now.status) || Date.now() > deadline) {
				const words = now.triggers.map(({ errorMessage }) => errorMessage ?? '').join(' ');
				throw new Obstacle(`Workflow ${id} is ${now.status}, not ${wanted}. ${words}`);
			}
			await new Promise((wait) => setTimeout(wait, 100));
		}
	}

	/** Runs a workflow from a trigger of it, and waits for its end. */
	async run(workflow: SavedWorkflow, trigger: string): Promise<Execution> {
		const { executionId } = await this.call<{ executionId: string }>(
			'POST',
			`/workflows/${workflow.id}/run`,
			{ workflowData: workflow, triggerToStartFrom: { name: trigger } },
		);
		return await this.finished(executionId);
	}

	/** Executions of a workflow in production or by hand, newest first, at most `limit`. */
	async executionsOf(
		workflowId: string,
		limit = 100,
	): Promise<Array<{ id: string; status: string; mode: string }>> {
		const filter = encodeURIComponent(JSON.stringify({ workflowId }));
		const page = await this.call<{ results: Array<{ id: string; status: string; mode: string }> }>(
			'GET',
			`/executions?limit=${limit}&filter=${filter}`,
		);
		return page.results;
	}

	async finished(executionId: string, timeoutMs = 120_000): Promise<Execution> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const { id, status, data } = await this.call<{ id: string; status: string; data: string }>(
				'GET',
				`/executions/${executionId}`,
			);
			const ended = !['new', 'running', 'waiting'].includes(status);
			// n8n 1 says that it has ended a moment before it has stored what came out.
			const results =
				ended && (unflatten(data) as { resultData?: Results } | undefined)?.resultData;
			if (results) return { id, status, runData: results.runData, error: results.error };
			if (Date.now() > deadline) throw new Obstacle(`Execution ${executionId} did not end.`);
			await new Promise((wait) => setTimeout(wait, 200));
		}
	}
}

/** Items of an output of a node, the first unless said otherwise. */
export function itemsOf(
	execution: Execution,
	node: string,
	output = 0,
): Array<Record<string, unknown>> {
	const items = execution.runData[node]?.[0]?.data?.main[output] ?? [];
	return items.map(({ json }) => json);
}
