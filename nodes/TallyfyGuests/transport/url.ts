// The only place where a value becomes part of an address. Pure; called by the door.
import { invalidParameter } from './errors';

/** Says what a path segment holds, and refuses values that must not become one. */
export interface PathSegment {
	/** 'guest', for "no guest jo@x.example in this organization". */
	noun: string;
	/** Label of the parameter that fills the segment. */
	parameter: string;
	/** Gives the text to encode; raises a Problem that names the parameter. */
	check: (value: unknown) => string;
}

/** Names of the segments of a path template: `/guests/{guest}` has `guest`. */
export function segmentNames(template: string): string[] {
	return [...template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
}

const climbs = (part: string) => /^(\.|%2e){2}$/i.test(part);
const isDot = (value: string) => /^(\.|%2e)$/i.test(value);
const isControl = (character: string) => character < ' ' || character === '\u007f';

/**
 * A value as one encoded path segment; raises a Problem when it cannot be one.
 * `encodeURIComponent` leaves `.` and `..` alone, and those climb: `DELETE /guests/..` would reach the organization
 * (contract, GuestEmail). A proxy that decodes before it routes climbs at `..%2F` too.
 */
export function pathSegment(value: string, parameter: string): string {
	if (
		value === '' ||
		isDot(value) ||
		value.split(/[/\\?#;]/).some(climbs) ||
		[...value].some(isControl)
	) {
		throw invalidParameter(
			parameter,
			'cannot be part of an address',
			`Give ${parameter} a value without dots between slashes and without line breaks.`,
		);
	}
	try {
		return encodeURIComponent(value);
	} catch {
		throw invalidParameter(
			parameter,
			'ends in the middle of a character',
			'Half of a character was cut off. Correct the text where it comes from.',
		);
	}
}

/** The template with the encoded segments filled in: `('/guests/{guest}', { guest: 'a%40b' })` gives `/guests/a%40b`. */
export function fillPath(template: string, encoded: Record<string, string>): string {
	return template.replace(/\{(\w+)\}/g, (segment, name: string) => encoded[name] ?? segment);
}

/** Where plain HTTP leaves no machine: nobody can listen there. */
const LOOPBACK = /^http:\/\/(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?(\/|$)/i;

/**
 * A web address of a credential, without blanks and trailing slashes. Raises a Problem for what is none, and for plain HTTP,
 * which shows token and guests to everybody on the way; a server on the same machine may use it.
 * @param label of the credential's field
 * @param usual what stands there usually
 */
export function webAddress(typed: string, label: string, usual: string): string {
	const address = typed.trim().replace(/\/+$/, '');
	if (!/^https?:\/\/[^\s/?#@]+(\/[^\s?#]*)?$/i.test(address) || !URL.canParse(address)) {
		throw invalidParameter(
			label,
			'in the credential is not a web address',
			`Usually it is ${usual}.`,
		);
	}
	if (/^http:/i.test(address) && !LOOPBACK.test(address)) {
		throw invalidParameter(
			label,
			'in the credential starts with http://, which would show the token to everybody on the way',
			`Start it with https://. Usually it is ${usual}. Only a server on this machine, such as http://127.0.0.1:4010/api, may go without.`,
		);
	}
	return address;
}

/** The ID of an organization, without blanks. Raises a Problem for what cannot be one. */
export function organizationId(typed: string): string {
	const id = typed.trim();
	if (/^[\w-]+$/.test(id)) return id;
	throw invalidParameter(
		'Organization ID',
		'in the credential is missing or holds other characters than letters and digits',
		'Copy it from Tallyfy: Settings > Organization.',
	);
}

/**
 * The address of the organization: `{base}/organizations/{org}`, built in the node's `requestDefaults` from the
 * credential as it was typed. Takes away blanks and trailing slashes, and refuses what would send the token elsewhere.
 */
export function organizationUrl(typed: string): string {
	const at = typed.lastIndexOf('/organizations/');
	const base = webAddress(typed.slice(0, at), 'Base URL', 'https://go.tallyfy.com/api');
	return `${base}/organizations/${organizationId(typed.slice(at + '/organizations/'.length))}`;
}
