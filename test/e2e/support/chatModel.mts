// A stand-in for the chat completions of OpenAI, as far as n8n's AI Agent asks them: it calls the one tool that it is offered, and
// then says what it has heard from it. On a free port of 127.0.0.1.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

interface ChatMessage {
	role: string;
	content: unknown;
}

interface ChatRequest {
	messages: ChatMessage[];
	tools?: Array<{ function: { name: string } }>;
}

export interface ChatModel {
	/** What n8n's credential OpenAI takes as its Base URL. */
	url: string;
	/** The requests, oldest first. */
	requests: ChatRequest[];
	stop: () => Promise<void>;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	let text = '';
	for await (const part of request) text += String(part);
	return text;
}

/** @param input what it gives to the tool */
export async function startChatModel(input: Record<string, unknown>): Promise<ChatModel> {
	const requests: ChatRequest[] = [];
	const reply = ({ messages, tools = [] }: ChatRequest) => {
		const last = messages.at(-1);
		if (last?.role === 'tool') {
			return { role: 'assistant', content: `I was told: ${JSON.stringify(last.content)}` };
		}
		const call = { name: tools[0].function.name, arguments: JSON.stringify(input) };
		const calls = [{ id: `call-${requests.length}`, type: 'function', function: call }];
		return { role: 'assistant', content: null, tool_calls: calls };
	};
	const server = createServer(
		(request, response) =>
			void bodyOf(request).then((text) => {
				response.setHeader('content-type', 'application/json');
				if (request.method !== 'POST') return response.end('{"data":[]}');
				const asked = JSON.parse(text) as ChatRequest;
				requests.push(asked);
				const message = reply(asked);
				const finish_reason = 'tool_calls' in message ? 'tool_calls' : 'stop';
				return response.end(
					JSON.stringify({
						id: `chat-${requests.length}`,
						object: 'chat.completion',
						created: 0,
						model: 'stand-in',
						choices: [{ index: 0, message, finish_reason }],
						usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
					}),
				);
			}),
	);
	await once(server.listen(0, '127.0.0.1'), 'listening');
	const { port } = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}/v1`,
		requests,
		stop: async () => {
			server.closeAllConnections();
			await once(server.close(), 'close');
		},
	};
}
