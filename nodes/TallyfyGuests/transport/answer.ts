// What an answer holds: one record, or one page of a list. Pure; called by the door's senders.
import type { IDataObject } from 'n8n-workflow';
import { failureOf, oddAnswer } from './errors';
import { Problem } from './failure';
import { isObject, type ApiResponse, type Subject } from './request';

/** One page of a list. */
export interface Page {
	records: IDataObject[];
	/** Records in the whole list; undefined when the server did not say, or said less than it gave. */
	total?: number;
}

/** A 2xx, but for one that says itself that it is an error: proxies and frameworks send such. */
export const succeeded = ({ status, body }: ApiResponse) =>
	status >= 200 && status < 300 && !(isObject(body) && body.error === true);

/** The `data` of a success; raises a Problem for any other answer. Any 2xx is one: the documents disagree on which. */
function dataOf(answer: ApiResponse, subject?: Subject): unknown {
	if (!succeeded(answer)) throw new Problem(failureOf(answer, subject));
	if (answer.body === '' || answer.body === undefined || answer.body === null) {
		throw oddAnswer(answer, 'with nothing in it');
	}
	if (!isObject(answer.body)) throw oddAnswer(answer, 'not with a JSON object');
	return answer.body.data;
}

/** The record in `{ data: {…} }`; raises a Problem when there is none. */
export function recordOf(answer: ApiResponse, subject?: Subject): IDataObject {
	const data = dataOf(answer, subject);
	if (!isObject(data)) throw oddAnswer(answer, 'without the object "data"');
	return data;
}

/**
 * The record in a success that may hold none, as an empty 204 does. Raises a Problem for any other answer, and for a text:
 * that is no word of the API, so somebody else may have answered.
 */
export function recordIfAny(answer: ApiResponse, subject?: Subject): IDataObject | undefined {
	if (!succeeded(answer)) throw new Problem(failureOf(answer, subject));
	const { body } = answer;
	if (typeof body === 'string' && body !== '') throw oddAnswer(answer, 'not with a JSON object');
	const data = isObject(body) ? body.data : undefined;
	return isObject(data) ? data : undefined;
}

const wholeNumber = (value: unknown): number | undefined => {
	const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
	return Number.isInteger(number) && (number as number) >= 0 ? (number as number) : undefined;
};

/** PHP writes a list with gaps as a map with numbers; everything else comes as it is. */
export function listIn(data: unknown): unknown {
	const keys = isObject(data) ? Object.keys(data) : [];
	const isList = keys.length > 0 && keys.every((key) => /^\d+$/.test(key));
	return isList ? Object.values(data as object) : data;
}

/** Whether the server says itself that pages are left. That it says nothing of the kind means nothing (facts.md 37). */
function promisesMore({ current_page: page, total_pages: pages, links }: IDataObject): boolean {
	const next = isObject(links) ? links.next : undefined;
	return Boolean(next) || Number(pages) > Number(page);
}

/** The records in `{ data: […], meta }`; raises a Problem when there is no list. `meta` may be missing (facts.md 36). */
export function pageOf(answer: ApiResponse): Page {
	const data = listIn(dataOf(answer));
	if (!Array.isArray(data) || !data.every(isObject)) {
		throw oddAnswer(answer, 'without the list "data"');
	}
	const { meta } = answer.body as IDataObject;
	const pagination = isObject(meta) && isObject(meta.pagination) ? meta.pagination : {};
	const total = wholeNumber(pagination.total);
	// A total of what is on this page, with more pages to come, would end the walk here.
	const isBelievable =
		total !== undefined &&
		(total > data.length || (total === data.length && !promisesMore(pagination)));
	return { records: data, total: isBelievable ? total : undefined };
}
