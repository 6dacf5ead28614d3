// The official MCP client, speaking with an MCP Server Trigger of a world over its production URL.
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import type { World } from './world.mts';

/** What a tool answered, as one text; `isError` says that it is the text of a failure. */
export interface ToolAnswer {
	text: string;
	isError: boolean;
}

/** Connects as an agent's MCP client does; `token` for a server that wants one. */
export async function connectMcp(world: World, path: string, token?: string): Promise<Client> {
	const client = new Client({ name: 'end-to-end test', version: '1.0.0' });
	const requestInit = token ? { headers: { authorization: `Bearer ${token}` } } : undefined;
	const url = new URL(`${world.n8nUrl}/mcp/${path}`);
	await client.connect(new StreamableHTTPClientTransport(url, { requestInit }));
	return client;
}

/** Calls a tool as a model does. */
export async function askTool(
	client: Client,
	name: string,
	parameters: Record<string, unknown>,
): Promise<ToolAnswer> {
	const { content, isError } = await client.callTool({ name, arguments: parameters });
	const parts = content as Array<{ type: string; text?: string }>;
	return { text: parts.map(({ text }) => text ?? '').join('\n'), isError: isError === true };
}
