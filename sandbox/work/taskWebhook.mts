// How a task's own webhook is called when the task is completed: once, as documented (contract/work.md 199, 203), or as a
// quirk says. What such a call holds for a one-off task is unpublished, so it comes in several shapes.
import type { DeliveryOptions } from '../deliveries.mts';
import type { Quirks } from '../faults.mts';
import type { Json } from '../organization.mts';

/** Milliseconds. */
const LATE_MS = 3_000;

const PAYLOADS: Record<NonNullable<Quirks['taskWebhookPayload']>, (payload: Json) => unknown> = {
	bare: ({ this_task: task }) => task,
	wrapped: (payload) => ({ data: payload }),
	empty: () => '',
	text: () => 'completed',
};

type Deliver = (payload: unknown, options: DeliveryOptions) => Promise<unknown>;

/** Calls the webhooks of a task that was completed. */
export function callTaskWebhooks(payload: Json, to: string[], quirks: Quirks, deliver: Deliver) {
	if (to.length === 0) return;
	const { taskWebhook, taskWebhookPayload: shape } = quirks;
	const sent = shape ? PAYLOADS[shape](payload) : payload;
	const call = async () => await deliver(sent, { to });
	if (taskWebhook === 'never') return;
	if (taskWebhook === 'late') setTimeout(() => void call(), LATE_MS).unref();
	else if (taskWebhook === 'twice') void call().then(call);
	else if (taskWebhook === 'three') void Promise.all([call(), call(), call()]);
	else void call();
}

/** Calls the webhook of a task that is only just made, where a quirk says so. */
export function callTooEarly(payload: Json, to: string[], quirks: Quirks, deliver: Deliver): void {
	if (quirks.taskWebhook === 'early' && to.length > 0) void deliver(payload, { to });
}
