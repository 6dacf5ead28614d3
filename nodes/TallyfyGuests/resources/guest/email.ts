// A guest's email: the key of every call about a guest, and a segment of their paths.
import { invalidParameter } from '../../transport/errors';
import { pathSegment, type PathSegment } from '../../transport/url';

/** Blanks, and signs that nobody sees but that tables and web pages bring along. */
const UNSEEN = /[\s\u200b-\u200f\u2060]/;

/** The text without what is not seen at either end. Sign by sign: a pattern for the end takes forever on long blanks. */
function trimmed(text: string): string {
	let [from, to] = [0, text.length];
	while (from < to && UNSEEN.test(text[from])) from++;
	while (from < to && UNSEEN.test(text[to - 1])) to--;
	return text.slice(from, to);
}

/**
 * The address, trimmed and otherwise as given: `+ / ? # % &` are legal in it, and case is kept. Raises a Problem for what
 * is no single address; everything else is Tallyfy's to judge.
 */
export function emailAddress(value: unknown, parameter: string): string {
	if (Array.isArray(value)) {
		throw invalidParameter(
			parameter,
			'is a list',
			'Give one email. To work on several guests, give the node one input item for each (the Split Out node makes them).',
		);
	}
	if (value !== undefined && value !== null && typeof value !== 'string') {
		throw invalidParameter(
			parameter,
			`is ${typeof value === 'object' ? 'an object' : `a ${typeof value}`}, not an email`,
			'Give the email as text, e.g. {{ $json.email }}.',
		);
	}
	const email = trimmed(value ?? '');
	if (email === '') {
		throw invalidParameter(
			parameter,
			'is empty',
			'Give the email of a guest. If it comes from an expression, check that the input item has it.',
		);
	}
	const at = email.lastIndexOf('@');
	if (at < 1 || at === email.length - 1) {
		throw invalidParameter(
			parameter,
			`is not an email: ${email}`,
			'Give the full address, e.g. nathan@example.com.',
		);
	}
	// Every address becomes a path sooner or later; one that cannot is refused here, with the name of its parameter.
	pathSegment(email, parameter);
	return email;
}

/** `{guest}` in a path: the parameter Guest. */
export const guestSegment: PathSegment = {
	noun: 'guest',
	parameter: 'Guest',
	check: (value) => emailAddress(value, 'Guest'),
};
