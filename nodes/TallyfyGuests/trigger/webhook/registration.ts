// Registers the webhook of the organization when a workflow is activated (or tested), and removes it afterwards. n8n asks
// checkExists first, then create when that said no. Called by the node file.
import type { IDataObject, IHookFunctions, INodeType } from 'n8n-workflow';
import { invalidParameter } from '../../transport/errors';
import { withClient, type BaseClient } from '../../transport/client';
import { addWatcher, allWatchers, removeWatcher, watchersAt } from './watchers';

/** Somebody waits for the workflow to become active. */
const PATIENCE = { limits: { concurrency: 4 }, maxWaitMs: 10_000 };

/** What is kept between activation and deactivation: `watcherId`, the watcher that calls this node. */
const keptBy = (context: IHookFunctions): IDataObject => context.getWorkflowStaticData('node');

function isRegistered(context: IHookFunctions): boolean {
	return (
		context.getNodeParameter('mode', 'polling') === 'webhook' &&
		context.getNodeParameter('source', 'organization') === 'organization'
	);
}

function addressOf(context: IHookFunctions): string {
	const address = context.getNodeWebhookUrl('default');
	if (address) return address;
	throw invalidParameter(
		'The webhook URL',
		'of this node is not known to n8n',
		'Check WEBHOOK_URL in the settings of your n8n, then activate the workflow again.',
	);
}

/** Does something in Tallyfy; what goes wrong stops the activation or deactivation, in words for a person. */
async function inTallyfy<T>(
	context: IHookFunctions,
	work: (tallyfy: BaseClient, address: string) => Promise<T>,
): Promise<T> {
	const authentication = context.getNodeParameter('authentication', 'accessToken');
	return await withClient(
		context,
		authentication,
		PATIENCE,
		async (tallyfy) => await work(tallyfy, addressOf(context)),
	);
}

/** What tells one node's webhook from all others, whatever the address of n8n: the end of its path. */
const ownPart = (address: string) => address.split('/').slice(-2).join('/');

/** Whether our webhook is there. Doubled ones go, and so does ours of a time when n8n had another address. */
async function checkExists(this: IHookFunctions): Promise<boolean> {
	if (!isRegistered(this)) return true;
	const kept = keptBy(this);
	return await inTallyfy(this, async (tallyfy, address) => {
		if ((this.getNodeParameter('webhookEvents', []) as string[]).length === 0) {
			throw invalidParameter(
				'Webhook Events',
				'is empty',
				'Choose at least one event in Webhook Events.',
			);
		}
		const watchers = await allWatchers(tallyfy);
		const ours = watchers.filter(({ addresses }) => addresses.includes(address));
		const kin = ours.find(({ id }) => id === kept.watcherId) ?? ours[0];
		const moved = watchers.filter(
			({ id, addresses }) =>
				id === kept.watcherId &&
				!addresses.includes(address) &&
				addresses.some((other) => ownPart(other) === ownPart(address)),
		);
		for (const { id } of [...ours.filter((other) => other !== kin), ...moved]) {
			await removeWatcher(tallyfy, id);
		}
		if (kin) kept.watcherId = kin.id;
		else delete kept.watcherId;
		return kin !== undefined;
	});
}

async function create(this: IHookFunctions): Promise<boolean> {
	if (!isRegistered(this)) return true;
	keptBy(this).watcherId = await inTallyfy(this, addWatcher);
	return true;
}

/** Removes the webhook; also one that was left when the source was still Organization. */
async function remove(this: IHookFunctions): Promise<boolean> {
	const kept = keptBy(this);
	if (!isRegistered(this) && !kept.watcherId) return true;
	await inTallyfy(this, async (tallyfy, address) => {
		if (kept.watcherId && (await removeWatcher(tallyfy, String(kept.watcherId)))) return;
		// Unknown to us, or unknown to Tallyfy: whatever calls this address would be left without an owner.
		for (const { id } of await watchersAt(tallyfy, address)) await removeWatcher(tallyfy, id);
	});
	delete kept.watcherId;
	return true;
}

/** What n8n calls when a workflow is activated and deactivated. Nothing for polling, and nothing for Source: Pasted. */
export const webhookMethods: INodeType['webhookMethods'] = {
	default: { checkExists, create, delete: remove },
};
