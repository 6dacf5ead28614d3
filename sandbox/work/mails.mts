// The mails that Tallyfy would have sent. Nothing is sent; tests ask who was told of what, and how often.

/**
 * `assigned`: a task to do (130, 165). `reminder`: 150. `reopened`: 148. `mentioned`: in a comment (154). `completed`: to the
 * members of a task and to whoever started it; that mails go out is known (146), to whom is made up.
 */
export type MailKind = 'assigned' | 'reminder' | 'reopened' | 'mentioned' | 'completed';

export interface Mail {
	/** Milliseconds since 1970, by the organization's clock. */
	at: number;
	/** Email of a member or of a guest. */
	to: string;
	kind: MailKind;
	/** Id of the task. */
	about: string;
	title: string;
}

export class Mails {
	private sent: Mail[] = [];
	private waiting: Mail[] = [];
	private readonly now: () => number;

	constructor(now: () => number) {
		this.now = now;
	}

	/** @param notBefore in milliseconds since 1970: a guest hears of a task when it begins (130) */
	send(to: string, kind: MailKind, task: { id: string; title: string }, notBefore = 0): void {
		const at = Math.max(this.now(), notBefore);
		const mail = { at, to, kind, about: task.id, title: task.title };
		(at > this.now() ? this.waiting : this.sent).push(mail);
	}

	/** Takes back what was to be sent later. */
	cancel(to: string, { id }: { id: string }): void {
		this.waiting = this.waiting.filter((mail) => mail.to !== to || mail.about !== id);
	}

	/** Everything sent since the last `clear`, oldest first. */
	list(): Mail[] {
		const now = this.now();
		const due = this.waiting.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at);
		this.waiting = this.waiting.filter(({ at }) => at > now);
		this.sent.push(...due);
		return [...this.sent];
	}

	clear(): void {
		this.list();
		this.sent = [];
	}
}
