// The links of a task that its guests have, `taskUrls`, whose shape is not published (facts 115, G78). Pure.
import type { IDataObject } from 'n8n-workflow';
import { isObject } from '../../transport/request';

/** A link that opens a task, and whose it is, where that is said. */
export interface TaskLink {
	link: string;
	email?: string;
}

/** The names under which an object may have the address; the last is that of webhooks (facts 200). */
const ADDRESS_KEYS = ['link', 'url', 'href', 'task_url', 'link_for_guest'];

const emailIn = (value: unknown): string | undefined => {
	const text = isObject(value) ? value.email : value;
	return typeof text === 'string' && /.@./.test(text) ? text : undefined;
};

/** Texts, objects with an address and perhaps an email, a map by email, lists of those, in `data` or not. */
function linksIn(value: unknown, email?: string): TaskLink[] {
	if (typeof value === 'string') {
		const link = value.trim();
		return /^https?:\/\/./i.test(link) ? [{ link, email }] : [];
	}
	if (Array.isArray(value)) return value.flatMap((entry) => linksIn(entry, email));
	if (!isObject(value)) return [];
	const key = ADDRESS_KEYS.find((name) => typeof value[name] === 'string');
	if (key) return linksIn(value[key], emailIn(value.email) ?? emailIn(value.guest) ?? email);
	return Object.entries(value).flatMap(([name, entry]) => linksIn(entry, emailIn(name) ?? email));
}

/** The links that a task has for its guests. */
export function taskLinks({ owners, taskUrls }: IDataObject): TaskLink[] {
	return linksIn((isObject(owners) ? owners.taskUrls : undefined) ?? taskUrls);
}

export const isLinkOf =
	(email: string) =>
	(link: TaskLink): boolean =>
		link.email?.toLowerCase() === email.toLowerCase();

/** Whether a link has this code in it: in its path, as in a permanent link, or as a value after `?`. */
export const hasCode = ({ link }: TaskLink, code: string): boolean =>
	link.split(/[?&#/=]/).includes(code);
