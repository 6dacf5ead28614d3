// What each operation of the contract does to the organization, and what it answers. Facts: contract/facts.md.
import type { Quirks, Trouble } from './faults.mts';
import { statusFilter } from './guestTasks.mts';
import { comparable } from './moments.mts';
import type { Guest, Json, Member, Organization, Watcher } from './organization.mts';

export interface Call {
	params: Record<string, string>;
	query: Record<string, unknown>;
	body: Json;
	/** The member whose token it is. */
	caller: Member;
}

export interface Reply {
	status: number;
	body?: unknown;
	headers?: Record<string, string>;
}

export type Handler = (call: Call) => Reply;

const reply = (status: number, body?: unknown): Reply => ({ status, body });
const noEndpoint = () =>
	reply(404, { error: true, message: 'API endpoint not found', code: 'ENDPOINT_NOT_FOUND' });
const notFound = () =>
	reply(404, { error: true, message: 'Resource not found', code: 'RESOURCE_NOT_FOUND' });
const invalid = (errors: Record<string, string[]>) =>
	reply(422, { message: 'The given data was invalid.', errors });
const unknownEmail = () => invalid({ email: ['The selected email is invalid.'] });
const forbidden = (message: string) => reply(403, { message });

function pageOf(
	records: Json[],
	query: Json,
	quirks: Quirks,
	fallback: number,
	fixed?: number,
): Json {
	const asked = fixed ?? (Number(query.per_page) || fallback);
	const perPage = Math.min(asked, quirks.pageCap ?? Infinity);
	const page = Number(query.page) || 1;
	const data = records.slice((page - 1) * perPage, page * perPage);
	if (quirks.meta === false) return { data };
	const pages = Math.max(1, Math.ceil(records.length / perPage));
	const pagination: Json = {
		total: records.length,
		count: data.length,
		per_page: perPage,
		current_page: page,
		total_pages: quirks.totalPages === 'one' ? 1 : pages,
	};
	const next =
		page < pages ? { next: `https://go.tallyfy.com/api/next?page=${page + 1}` } : undefined;
	const links = { object: next ?? [], list: [], null: null, missing: undefined };
	const chosen = links[quirks.links ?? 'object'];
	if (chosen !== undefined) pagination.links = chosen;
	return { data, meta: { pagination } };
}

/** Always the same order, and not one that anybody would sort by. */
function disordered(guests: Guest[]): Guest[] {
	const place = ({ id }: Guest) => (id * 2_654_435_761) % 2 ** 32;
	return [...guests].sort((a, b) => place(a) - place(b));
}

function sorted(records: Json[], query: Json, { sortMinus }: Quirks): Json[] {
	const sort = String(query.sort ?? query.sort_by ?? 'created_at');
	const key = sort.replace(/^-/, '');
	const value = (record: Json) => {
		const raw = String(record[key] ?? (record.details as Json | undefined)?.[key] ?? '');
		return key.endsWith('_at') ? comparable(raw) : raw.toLowerCase();
	};
	const direction = sort.startsWith('-') && sortMinus !== 'ignored' ? -1 : 1;
	return records
		.map((record, index) => ({ record, index, value: value(record) }))
		.sort((a, b) =>
			a.value === b.value ? a.index - b.index : direction * (a.value < b.value ? -1 : 1),
		)
		.map(({ record }) => record);
}

/** Handlers by operationId of the contract. */
export function handlersFor(organization: Organization, trouble: Trouble): Record<string, Handler> {
	const quirks = () => trouble.behaviour.quirks;

	/** A guest as the API shows it. @param numbers of tasks, where they were asked for */
	const shown = (guest: Guest, numbers?: Json): Json => {
		const { stats = 'flat', namesInDetails } = quirks();
		const { first_name, last_name, ...rest } = guest;
		const record: Json = namesInDetails
			? { ...rest, details: { ...guest.details, first_name, last_name } }
			: { ...guest };
		if (numbers) {
			record.stats = { flat: numbers, wrapped: { data: numbers }, empty: {}, list: [] }[stats];
		}
		return record;
	};
	/** The member as the owner of the token, whom a quirk makes a member without rights. */
	const asOwner = (member: Member): Member =>
		quirks().tokenOwner === 'standard' ? { ...member, role: 'Standard' } : member;
	const numbersOf = (guest: Guest): Json => {
		const numbers = organization.stats(guest);
		if (quirks().assignedTasks !== 'ever') return numbers;
		const { assigned_tasks, tasks_completed, one_off_tasks_completed } = numbers;
		const ever = [assigned_tasks, tasks_completed, one_off_tasks_completed].map(Number);
		return { ...numbers, assigned_tasks: ever.reduce((sum, count) => sum + count, 0) };
	};
	/** A guest out of a list. */
	const shownInList = (guest: Guest, query: Json): Json =>
		shown(guest, query.with === 'stats' ? numbersOf(guest) : undefined);
	/** A guest who is read alone: `stats` without numbers, as the documents show it (facts.md 34). */
	const shownAlone = (guest: Guest, query: Json): Json =>
		quirks().singleStats === 'filled'
			? shownInList(guest, query)
			: shown(guest, query.with === 'stats' ? {} : undefined);

	/** Runs with the guest of the path, or gives what the server gives for nobody. */
	const withGuest =
		(nobody: () => Reply, work: (guest: Guest, call: Call) => Reply): Handler =>
		(call) => {
			const guest = organization.guests.get(call.params.guestEmail);
			return guest ? work(guest, call) : nobody();
		};
	const withCode =
		(work: (guest: Guest, call: Call) => Reply): Handler =>
		(call) => {
			const guest = organization.guestOfCode(call.params.guestCode);
			return guest ? work(guest, call) : notFound();
		};

	let kept: { key: string; list: Guest[] } | undefined;
	/** The guests that a query asks for; kept until something happens, so that every page need not sort them all. */
	const listOfGuests = (query: Json): Guest[] => {
		const { lag: changes, lagMs: ms, sortMinus } = quirks();
		const hidden = changes || ms ? organization.hiddenBy({ changes, ms }) : 0;
		const wanted = String(query.q ?? '').toLowerCase();
		const { version } = organization;
		const key = JSON.stringify([version, hidden, sortMinus, wanted, query.sort, query.sort_by]);
		if (kept?.key !== key) {
			const found = organization
				.guestsBefore(hidden)
				.filter(({ email }) => email.toLowerCase().includes(wanted));
			const list =
				sortMinus === 'unsorted' ? disordered(found) : (sorted(found, query, quirks()) as Guest[]);
			kept = { key, list };
		}
		return kept.list;
	};

	/** A watcher as the API shows it. */
	const shownWatcher = ({ id, webhook }: Watcher): Json => ({
		id,
		[quirks().watcherUrl ?? 'webhook']: webhook,
	});
	const withWatchers =
		(work: Handler): Handler =>
		(call) =>
			quirks().watchers === 'missing' ? noEndpoint() : work(call);

	return {
		getMe: ({ caller }) => reply(200, { data: asOwner(caller) }),
		listMyOrganizations: () =>
			reply(200, { data: [{ id: organization.id, name: organization.name }] }),
		getOrganization: () =>
			reply(200, {
				data: {
					id: organization.id,
					name: organization.name,
					users_count: organization.members.filter(({ status }) => status === 'active').length,
				},
			}),

		listMembers: ({ query }) => {
			const wanted = String(query.q ?? '').toLowerCase();
			const found = organization.members.filter(({ email, full_name }) =>
				`${email} ${String(full_name)}`.toLowerCase().includes(wanted),
			);
			return reply(
				200,
				pageOf(query.sort ? sorted(found, query, quirks()) : found, query, quirks(), 9999),
			);
		},

		listGuests: ({ query }) => {
			const list = listOfGuests(query);
			if (query.without_pagination === true) {
				return reply(200, { data: list.map((guest) => shownInList(guest, query)) });
			}
			const page = pageOf(list, query, quirks(), 999);
			page.data = (page.data as Guest[]).map((guest) => shownInList(guest, query));
			return reply(200, page);
		},

		listGuestsMinimal: () => reply(200, { data: listOfGuests({}).map(({ email }) => ({ email })) }),

		createGuest: ({ body }) => {
			const email = String(body.email ?? '');
			if (!/^[^\s@]+@[^\s@]+$|^"[^"]+"@[^\s@]+$/.test(email)) {
				return invalid({ email: ['The email must be a valid email address.'] });
			}
			if (/@example\.com$/i.test(email)) {
				return invalid({ email: ['The email must be a valid email address.'] });
			}
			if (organization.members.some((member) => member.email === email)) {
				return invalid({ email: ['This email belongs to a member of your organization.'] });
			}
			const long = ['first_name', 'last_name'].find((key) => String(body[key] ?? '').length > 200);
			if (long) return invalid({ [long]: ['May not be greater than 200 characters.'] });
			const existing = organization.guests.get(email);
			if (existing && trouble.behaviour.quirks.existingGuest !== 'invited') {
				return invalid({ email: ['The email has already been taken.'] });
			}
			const wait = trouble.inviteWait();
			if (wait !== undefined) {
				return {
					status: 429,
					headers: { 'retry-after': String(wait) },
					body: {
						message:
							"You've reached the hourly limit for Guest Invite (30 per hour per organization). Please try again later.",
						code: 'RATE_LIMIT_EXCEEDED',
					},
				};
			}
			return reply(201, { data: shown(existing ?? organization.create(body)) });
		},

		// The documents answer 201 to a read of one guest and to its update (facts.md section 2).
		getGuest: withGuest(notFound, (guest, { query }) =>
			reply(201, { data: shownAlone(guest, query) }),
		),
		updateGuest: withGuest(unknownEmail, (guest, { body }) => {
			const ids = body.associated_members;
			if (Array.isArray(ids)) {
				const strange = ids.filter(
					(id) => !organization.members.some((member) => member.id === id),
				);
				if (strange.length) {
					return invalid({ associated_members: ['The selected associated members is invalid.'] });
				}
				organization.setMembers(guest, ids as number[]);
			}
			return reply(201, { data: shown(guest) });
		}),
		deleteGuest: withGuest(unknownEmail, (guest) => {
			organization.remove(guest);
			return reply(200, { data: shown(guest) });
		}),
		enableGuest: withGuest(notFound, (guest) => {
			organization.setDisabled(guest, false);
			return reply(200, { data: shown(guest) });
		}),
		disableGuest: withGuest(notFound, (guest) => {
			if (organization.tasks(guest).some(({ status }) => status !== 'completed')) {
				return forbidden('Cannot disable guest with incomplete tasks');
			}
			organization.setDisabled(guest, true);
			return reply(200, { data: shown(guest) });
		}),
		convertGuestToMember: withGuest(notFound, (guest) => {
			organization.remove(guest);
			const id = 1 + Math.max(...organization.members.map((member) => member.id));
			const member = { id, email: guest.email, role: 'Standard', status: 'active' as const };
			organization.members.push(member);
			return reply(200, { data: member });
		}),
		convertMemberToGuest: ({ params }) => {
			const at = organization.members.findIndex(({ id }) => id === Number(params.userId));
			if (at < 0) return notFound();
			const member = organization.members[at];
			const admins = organization.members.filter(({ role }) => role === 'Admin');
			if (member.role === 'Admin' && admins.length === 1) {
				return forbidden('The only administrator cannot become a guest');
			}
			organization.members.splice(at, 1);
			const { email, first_name, last_name } = member;
			return reply(200, { data: shown(organization.create({ email, first_name, last_name })) });
		},

		listGuestTasks: withCode((guest, { query }) => {
			const words = quirks().taskStatus === 'ignored' ? 'all' : String(query.status ?? 'all');
			const wanted = statusFilter(words, organization.now());
			return reply(200, pageOf(organization.tasks(guest).filter(wanted), query, quirks(), 10, 10));
		}),

		getGuestCustomFields: withCode((guest) =>
			reply(200, { data: organization.customFieldsOf(guest) }),
		),
		replaceGuestCustomFields: withCode((guest, { body }) => {
			const given = (body.custom_fields ?? {}) as Json;
			const unknown = Object.keys(given).find((key) => !organization.customFieldKeys.includes(key));
			if (unknown) return invalid({ [unknown]: ['This custom field does not exist.'] });
			const fields = organization.customFieldsOf(guest);
			for (const key of organization.customFieldKeys) fields[key] = given[key] ?? null;
			return reply(200, { data: fields });
		}),
		setGuestCustomField: withCode((guest, { params, body }) => {
			const { key } = params;
			if (!organization.customFieldKeys.includes(key)) {
				return invalid({ [key]: ['This custom field does not exist.'] });
			}
			const fields = organization.customFieldsOf(guest);
			fields[key] = body.value;
			return reply(200, { data: fields });
		}),
		clearGuestCustomField: withCode((guest, { params }) => {
			if (params.key === 'account_number') {
				return forbidden('This custom field is managed by the system');
			}
			if (!organization.customFieldKeys.includes(params.key)) return notFound();
			organization.customFieldsOf(guest)[params.key] = null;
			return reply(200, { data: organization.customFieldsOf(guest) });
		}),

		listWatchers: withWatchers(({ query }) => {
			const { watcherPages = true } = quirks();
			const shownWatchers = organization.watchers.map(shownWatcher);
			if (watcherPages === 'bare') return reply(200, shownWatchers);
			const asked = query.page ?? query.per_page;
			if (watcherPages === false && asked === undefined) return reply(200, { data: shownWatchers });
			const size = typeof watcherPages === 'number' ? watcherPages : 10;
			return reply(200, pageOf(shownWatchers, query, quirks(), size));
		}),
		addWatcher: withWatchers(({ params, body, caller }) => {
			const isOwner = caller.id === Number(params.userId);
			if (!isOwner || asOwner(caller).role !== 'Admin') {
				return forbidden('Only administrators can do this');
			}
			return reply(201, { data: shownWatcher(organization.addWatcher(String(body.webhook))) });
		}),
		removeWatcher: withWatchers(({ params }) => {
			const at = organization.watchers.findIndex(({ id }) => id === params.watcherId);
			if (at < 0) return notFound();
			organization.watchers.splice(at, 1);
			return reply(200);
		}),
	};
}
