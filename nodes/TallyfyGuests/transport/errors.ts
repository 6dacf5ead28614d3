// What an answer that is no success means, and what to do about it. Pure: knows answers, not n8n.
import { Problem, readable, withDoubt, type ErrorDetails } from './failure';
import { isObject, type ApiResponse, type Subject } from './request';
import { retryAfterSeconds } from './retryAfter';
import { codeOf, fieldMessages, isWebPage, saysUnknown, wordsOf } from './words';

interface Explanation {
	/** Used when the API said nothing. */
	words: string;
	next: string;
}

function explain(answer: ApiResponse, subject: Subject | undefined): Explanation {
	const { status, body } = answer;
	if (status >= 300 && status < 400) {
		return {
			words: `Tallyfy answered with a redirect (${status}), which is not followed`,
			next: 'Check Base URL in the credential; usually it is https://go.tallyfy.com/api.',
		};
	}
	if (isWebPage(body) && status >= 400 && status < 500 && ![404, 429].includes(status)) {
		return {
			words: `A web page came back (${status}), which is not from the Tallyfy API`,
			next: 'Something between n8n and Tallyfy, such as a proxy or a firewall, did not let this through: ask whoever runs it. If there is nothing, check Base URL in the credential; usually it is https://go.tallyfy.com/api.',
		};
	}
	if (status === 401) {
		return {
			words: 'Tallyfy did not accept the access token',
			next: 'A personal token stops working the moment its owner logs out of the Tallyfy web application. Make a new one (Settings > Integrations > REST API) and put it into the credential.',
		};
	}
	if (status === 403) {
		return {
			words: 'Tallyfy does not allow this',
			next: 'If this is about rights, check that the owner of the token may do it and that Organization ID in the credential is theirs. If it is a rule of Tallyfy about this guest, meet it in Tallyfy first.',
		};
	}
	if (
		codeOf(body) === 'ENDPOINT_NOT_FOUND' ||
		(status === 404 && !(subject && saysUnknown(answer)))
	) {
		return {
			words: 'Tallyfy does not know this address',
			next: 'Check Base URL, Organization ID and Client Header in the credential.',
		};
	}
	if (subject && saysUnknown(answer)) {
		return {
			words: `no ${subject.noun} ${subject.value} in this organization`,
			next: `Check ${subject.parameter}, or pick the ${subject.noun} from the list.`,
		};
	}
	if (codeOf(body) === 'SEAT_POOL_EXHAUSTED') {
		const details = isObject(body) && isObject(body.error) ? body.error.details : undefined;
		const type = isObject(details) ? details.pool_type : undefined;
		const pool = type ? `${String(type)} seats` : 'seats';
		return {
			words: `No ${pool} left`,
			next: `The pool of ${pool} is full. Free a seat or buy one in Tallyfy, then run this item again.`,
		};
	}
	if (status === 422) {
		return {
			words: 'Tallyfy refused the values',
			next: 'Correct the fields named in the message.',
		};
	}
	if (status === 429) {
		return {
			words: 'Tallyfy is receiving too many requests',
			next:
				codeOf(body) === 'RATE_LIMIT_EXCEEDED'
					? 'This is an hourly limit of the organization (30 guest invites by default). Run the items that are left later.'
					: 'Run the items that are left later, or set Requests per Minute in Pacing of this node.',
		};
	}
	if (status >= 500) {
		return {
			words: `Tallyfy could not answer (${status})`,
			next: 'This is on the side of Tallyfy. Try again later.',
		};
	}
	return {
		words: `Tallyfy refused the request (${status})`,
		next: 'Check the parameters of this operation.',
	};
}

/**
 * What an answer that is no success means.
 * @param subject whom the request was about, for "no such guest"
 * @param now milliseconds since 1970
 */
export function failureOf(answer: ApiResponse, subject?: Subject, now = Date.now()): ErrorDetails {
	const { words, next } = explain(answer, subject);
	const fields = isObject(answer.body) ? fieldMessages(answer.body.errors) : {};
	const listed = Object.entries(fields).map(([field, texts]) => `${field}: ${texts.join(' ')}`);
	const unknown = subject !== undefined && saysUnknown(answer);
	const own = wordsOf(answer.body);
	const said = [own, ...(unknown ? [] : listed)].filter(Boolean).join(' ');
	const message =
		unknown && said
			? `${said.replace(/\.$/, '')}: ${words}`
			: said || `${words[0].toUpperCase()}${words.slice(1)}`;
	const failure: ErrorDetails = {
		message: readable(message),
		description: next,
		status: answer.status,
	};
	const code = codeOf(answer.body);
	if (code) failure.code = code;
	if (listed.length) failure.fields = fields;
	if (answer.status === 429 || answer.status === 503) {
		// Told to others later than it came.
		const receivedAt = answer.receivedAt ?? now;
		const asked = retryAfterSeconds(answer.headers['retry-after'], receivedAt);
		if (asked !== undefined) {
			const seconds = Math.max(0, asked - Math.floor((now - receivedAt) / 1000));
			failure.retryAfterSeconds = seconds;
			failure.retryAt = new Date(now + seconds * 1000).toISOString();
			if (seconds > 0)
				failure.description += ` Tallyfy asks to wait ${seconds} s, until ${failure.retryAt}.`;
		}
	}
	if ((answer.tries ?? 1) > 1)
		failure.description = `Tried ${answer.tries} times. ${failure.description}`;
	return answer.doubt ? withDoubt(failure, answer.doubt) : failure;
}

/** A success (2xx) whose body is not what the contract promises. */
export function oddAnswer(answer: ApiResponse, wrong: string): Problem {
	const page = isWebPage(answer.body);
	const failure: ErrorDetails = {
		message: `Tallyfy answered ${answer.status}, but ${page ? 'with a web page instead of JSON' : wrong}`,
		description: page
			? 'Something between n8n and Tallyfy, or the web application itself, answered. Check Base URL in the credential; usually it is https://go.tallyfy.com/api.'
			: 'Nothing can be said about what happened in Tallyfy. Look there before you run this item again.',
		status: answer.status,
	};
	return new Problem(answer.isWrite ? { ...failure, outcome: 'unknown' } : failure);
}
