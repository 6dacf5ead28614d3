// A list on a server that changes while it is read. Requests are answered in a random order, and their answers come in another
// one; between two answers guests are added, removed or moved. It knows which guests were in the list all the time.
import type { IDataObject } from 'n8n-workflow';
import type { FetchPage } from '../../nodes/TallyfyGuests/transport/pagination.ts';

export type Order = 'newest first' | 'oldest first' | 'by email';
export type Totals = 'right' | 'too high' | 'too low' | 'missing';
export type Kind = 'add' | 'remove' | 'move';

export interface ChangingListOptions {
	guests: number;
	order: Order;
	/** The largest page that the server gives. */
	cap?: number;
	totals?: Totals;
	/** How far a wrong total is off. */
	off?: number;
	/** What happens, in this order, at random moments. */
	changes?: Kind[];
	/** How likely a change is before any step, from 0 to 1. */
	density?: number;
	seed: number;
}

/** A random generator with a seed (mulberry32); gives numbers from 0 to 1. */
export function randomFrom(seed: number): () => number {
	let state = seed | 0;
	return () => {
		state = (state + 0x6d2b79f5) | 0;
		let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
		mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
}

interface Waiting {
	page: number;
	perPage: number;
	/** Gives the response; undefined until the server has made it. */
	deliver?: () => void;
	resolve: (page: { records: IDataObject[]; total?: number }) => void;
}

export class ChangingList {
	/** Requests so far. */
	asked = 0;
	/** Changes so far. */
	changed = 0;
	private readonly random: () => number;
	private readonly list: IDataObject[] = [];
	private readonly stayed: Set<number>;
	private readonly ever = new Set<number>();
	private readonly changes: Kind[];
	private readonly waiting: Waiting[] = [];
	private nextId = 1;
	/** What has changed since the last answer: one kind of change, because no total shows an addition and a removal at once. */
	private kind?: Kind;

	constructor(private readonly options: ChangingListOptions) {
		this.random = randomFrom(options.seed);
		this.changes = [...(options.changes ?? [])];
		for (let index = 0; index < options.guests; index++) this.add();
		this.stayed = new Set(this.list.map(({ id }) => id as number));
	}

	readonly ask: FetchPage = async (page, perPage) => {
		this.asked++;
		return await new Promise((resolve) => this.waiting.push({ page, perPage, resolve }));
	};

	/** The guests who were in the list from the beginning until now, in its order. */
	get unchanged(): number[] {
		return this.inOrder()
			.map(({ id }) => id as number)
			.filter((id) => this.stayed.has(id));
	}

	/** Whether a guest is, or was, in the list. */
	knows(id: unknown): boolean {
		return this.ever.has(id as number);
	}

	/** Answers and changes until the work is done. Gives its result, or the error. */
	async until<T>(work: Promise<T>): Promise<{ result?: T; error?: Error }> {
		const outcome: { result?: T; error?: Error } = {};
		let isDone = false;
		void work
			.then(
				(result) => (outcome.result = result),
				(error: Error) => (outcome.error = error),
			)
			.finally(() => (isDone = true));
		while (!isDone) {
			await new Promise((next) => setImmediate(next));
			this.maybeChange();
			this.step();
		}
		return outcome;
	}

	private pick<T>(items: T[]): T {
		return items[Math.floor(this.random() * items.length)];
	}

	private add(): void {
		const id = this.nextId++;
		this.ever.add(id);
		this.list.push({ id, email: `${Math.floor(this.random() * 1e9)}-${id}@x.test` });
	}

	private remove(): void {
		const [gone] = this.list.splice(Math.floor(this.random() * this.list.length), 1);
		this.stayed.delete(gone?.id as number);
	}

	/** Somebody gets another place, as with a sort by last access. */
	private move(): void {
		const place = () => Math.floor(this.random() * this.list.length);
		this.list.splice(place(), 0, ...this.list.splice(place(), 1));
	}

	private inOrder(): IDataObject[] {
		if (this.options.order === 'oldest first') return this.list;
		if (this.options.order === 'newest first') return [...this.list].reverse();
		return [...this.list].sort((one, other) => (String(one.email) < String(other.email) ? -1 : 1));
	}

	private maybeChange(): void {
		const [kind] = this.changes;
		if (!kind || (this.kind && this.kind !== kind)) return;
		if (this.random() >= (this.options.density ?? 0.15)) return;
		this.changes.shift();
		this.kind = kind;
		this.changed++;
		if (kind === 'add') this.add();
		else if (kind === 'remove') this.remove();
		else this.move();
	}

	private step(): void {
		const unanswered = this.waiting.filter(({ deliver }) => !deliver);
		const answered = this.waiting.filter(({ deliver }) => deliver);
		if (unanswered.length && (answered.length === 0 || this.random() < 0.5)) {
			this.answer(this.pick(unanswered));
		} else if (answered.length) {
			const one = this.pick(answered);
			this.waiting.splice(this.waiting.indexOf(one), 1);
			one.deliver?.();
		}
	}

	private answer(request: Waiting): void {
		const { cap = Infinity, totals = 'right', off = 1 } = this.options;
		const size = Math.min(request.perPage, cap);
		const records = this.inOrder().slice((request.page - 1) * size, request.page * size);
		const count = this.list.length;
		const claims = {
			right: count,
			'too high': count + off,
			'too low': Math.max(0, count - off),
			missing: undefined,
		};
		const claim = claims[totals];
		// As pageOf has it.
		const total = claim !== undefined && claim >= records.length ? claim : undefined;
		request.deliver = () => request.resolve({ records, total });
		this.kind = undefined;
	}
}
