// The only place where a value becomes part of an address. Pure.
import { invalidParameter } from './errors';

/** Says what a path segment holds, and refuses values that must not become one. */
export interface PathSegment {
	/** 'guest', for "no guest jo@x.example in this organization". */
	noun: string;
	/** Label of the parameter that fills the segment. */
	parameter: string;
	/** Gives the text to encode. @throws TallyfyError that names the parameter */
	check: (value: unknown) => string;
}

/** Names of the segments of a path template: `/guests/{guest}` has `guest`. */
export function segmentNames(template: string): string[] {
	return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
}

/** Two dots between slashes or at an end, or nothing but one: also encoded, also before what ends a path. */
const CLIMBS = /(^|[/\\?#;])(\.|%2e){2}([/\\?#;]|$)|^(\.|%2e)$/i;

/**
 * A value as one encoded path segment. `encodeURIComponent` leaves `.` and `..` as they are, and `DELETE /guests/..` would reach
 * the organization (contract, GuestEmail). A proxy that decodes before it routes would do the same with `..%2F`.
 * @throws TallyfyError when the value cannot be one
 */
export function pathSegment(value: string, parameter: string): string {
	const hasControl = [...value].some((character) => character < ' ' || character === '\u007f');
	if (value === '' || CLIMBS.test(value) || hasControl) {
		const next = `Give ${parameter} a value without dots between slashes and without line breaks.`;
		throw invalidParameter(parameter, 'cannot be part of an address', next);
	}
	try {
		return encodeURIComponent(value);
	} catch {
		const next = 'Half of a character was cut off. Correct the text where it comes from.';
		throw invalidParameter(parameter, 'ends in the middle of a character', next);
	}
}

/** The template with the encoded segments filled in: `('/guests/{guest}', { guest: 'a%40b' })` gives `/guests/a%40b`. */
export function fillPath(template: string, encoded: Record<string, string>): string {
	return template.replace(/\{(\w+)\}/g, (segment, name: string) => encoded[name] ?? segment);
}

/** Plain HTTP to the same machine, where no other machine can read it. */
const LOOPBACK = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/i;

/**
 * A web address in the field `label` of a credential, without blanks and trailing slashes; `usual` is its usual value.
 * @throws TallyfyError for what is none, and for plain HTTP to another machine, which shows token and guests on the way
 */
export function webAddress(typed: string, label: string, usual: string): string {
	const address = typed.trim().replace(/\/+$/, '');
	if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i.test(address) || !URL.canParse(address)) {
		const wrong = 'in the credential is not a web address';
		throw invalidParameter(label, wrong, `Usually it is ${usual}.`);
	}
	if (/^http:/i.test(address) && !LOOPBACK.test(address)) {
		const wrong =
			'in the credential starts with http://, which would show the token to everybody on the way';
		const next = `Start it with https://. Usually it is ${usual}. Only a server on this machine, such as http://127.0.0.1:4010/api, may go without.`;
		throw invalidParameter(label, wrong, next);
	}
	return address;
}

/** The ID of an organization, without blanks. @throws TallyfyError for what cannot be one, which says where it is found (G61) */
export function organizationId(typed: string): string {
	const id = typed.trim();
	if (/^[\w-]+$/.test(id)) return id;
	throw invalidParameter(
		'Organization ID',
		'in the credential is missing or holds other characters than letters and digits',
		'Copy it from Tallyfy: Settings > Organization.',
	);
}

/** Where requests with a credential go. */
export interface OrganizationAddress {
	/** Base URL, checked. */
	base: string;
	organization: string;
	/** `{base}/organizations/{org}`. */
	baseURL: string;
}

/** The address of the organization in a credential. @throws TallyfyError for what would send the token elsewhere */
export function organizationAddress(baseUrl: unknown, id: unknown): OrganizationAddress {
	const base = webAddress(String(baseUrl ?? ''), 'Base URL', 'https://go.tallyfy.com/api');
	const organization = organizationId(String(id ?? ''));
	return { base, organization, baseURL: `${base}/organizations/${organization}` };
}
