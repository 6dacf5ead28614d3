// What answers about custom fields hold. Their envelope is not published (contract, OpaqueEnvelope), so several are read.
import type { IDataObject } from 'n8n-workflow';
import { succeeded, failedResponse, unexpectedResponse } from '../../transport/response';
import { TallyfyError } from '../../transport/errors';
import { isObject, type ApiResponse } from '../../transport/request';

const isMapOrList = (value: unknown) => typeof value === 'object' && value !== null;

/** What is in `data`, and there in `custom_fields`, the name of the map in other records (docs api/custom-fields:65). */
function unwrapped(body: unknown): unknown {
	return ['data', 'custom_fields'].reduce(
		(inside, name) =>
			isObject(inside) && name in inside && (inside[name] === null || isMapOrList(inside[name]))
				? (inside[name] ?? {})
				: inside,
		body,
	);
}

function fieldOf(entry: unknown): IDataObject | undefined {
	if (!isObject(entry) || !('value' in entry)) return undefined;
	const key = entry.key ?? entry.name;
	return typeof key === 'string' ? { key, value: entry.value } : undefined;
}

/** The fields in a success, `{ key, value }` each; `{ fields }` for what cannot be told apart. Raises a Problem for others. */
export function fieldsIn(answer: ApiResponse): IDataObject[] {
	if (!succeeded(answer)) throw new TallyfyError(failedResponse(answer));
	if (!isMapOrList(answer.body)) throw unexpectedResponse(answer, 'not with a JSON object');
	const inside = unwrapped(answer.body);
	if (isObject(inside)) return Object.entries(inside).map(([key, value]) => ({ key, value }));
	const listed = (inside as unknown[]).map(fieldOf);
	if (listed.every((field) => field !== undefined)) return listed;
	return [{ fields: inside as IDataObject[] }];
}
