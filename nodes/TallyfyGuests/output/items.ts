// Output items that n8n can trace back to the input item they came from. The engine sets no link itself.
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

/** A record as an output item of the input item with this index. */
export function linkedItem(json: IDataObject, item: number): INodeExecutionData {
	return { json, pairedItem: { item } };
}

/**
 * A failure as an output item: `{ message, error: { status, code, description, … } }`.
 * The error output of old and new n8n recognises an item by having just these two keys, and keeps what is in them; with
 * `item.error` set instead, n8n throws all of it away but the message (measured on n8n-core 2.8.1).
 */
export function failedItem(
	{ message, ...error }: { message: string; description: string },
	item: number,
): INodeExecutionData {
	return linkedItem({ message, error }, item);
}
