import { describe, expect, it } from 'vitest';
import { noResponse } from '../../nodes/TallyfyGuests/transport/errors.ts';

describe('A lost connection', () => {
	it.each([
		['on the error', { code: 'ECONNREFUSED' }, 'ECONNREFUSED'],
		['on its cause', { cause: { code: 'ENOTFOUND' } }, 'ENOTFOUND'],
		['in its messages', { messages: ['a', 'read ECONNRESET'] }, 'ECONNRESET'],
		['in its description', { description: 'EAI_AGAIN x' }, 'EAI_AGAIN'],
		['in its text', { message: 'CERT_HAS_EXPIRED' }, 'CERT_HAS_EXPIRED'],
		['as its status', { httpCode: 'EPIPE' }, 'EPIPE'],
		['in the words "socket hang up"', { messages: ['socket hang up'] }, 'ECONNRESET'],
		['as a broken answer', { httpCode: 'ERR_BAD_RESPONSE' }, 'ECONNRESET'],
		['in the word "timeout"', { message: 'timeout of 5 ms exceeded' }, 'ETIMEDOUT'],
		['nowhere', { message: 'gave up on bearer t' }, undefined],
	])('names the host only, and the code found %s, where n8n kept it', (_, details, code) => {
		const error = Object.assign(new Error('x'), details);
		expect(noResponse(error, 'https://x.example/api/organizations/o')).toEqual({
			message: `No answer from x.example (${code ?? 'gave up on Bearer [hidden]'})`,
			description: expect.stringContaining(
				'whether Tallyfy can be reached from where n8n runs.',
			) as string,
			code,
		});
	});
});

it('A token that no header can hold is a fault of the credential, not of the connection', () => {
	const error = Object.assign(new Error('x'), { code: 'ERR_INVALID_CHAR' });
	expect(noResponse(error, 'https://x.example/api')).toEqual({
		message: 'The credential holds a character that cannot be sent',
		description: expect.stringContaining('Nothing was sent.') as string,
		code: 'ERR_INVALID_CHAR',
	});
});
