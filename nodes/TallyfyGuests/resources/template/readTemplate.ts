// Reading a template whole: its kick-off fields and its steps.
import type { IDataObject } from 'n8n-workflow';
import { stepsOf } from '../../output/template';
import { sendForOne, type Client } from '../../transport/client';
import { pageOf } from '../../transport/response';
import { templateRequest } from './locator';

/** A template with its steps, which are asked for once more where they do not come with it (facts 176). */
export async function readTemplate(
	client: Pick<Client, 'send'>,
	id: string,
): Promise<IDataObject & { steps: IDataObject[] }> {
	const request = templateRequest(id);
	const template = await sendForOne(client, request);
	const known = stepsOf(template);
	if (known) return { ...template, steps: known };
	// This list knows no pages (contract, listTemplateSteps).
	const response = await client.send({ ...request, url: `${request.url}/steps`, qs: {} });
	const steps = stepsOf({ steps: pageOf(response).records }) ?? [];
	return { ...template, steps };
}
