// What each operation of the contract does to the organization, and what it answers. Facts: contract/facts.md.
import type { FaultInjector } from './faults.mts';
import { guestLists, pageOf, sorted } from './lists.mts';
import type { Guest, Json, Member, Organization, Task, Watcher } from './organization.mts';
import {
	endpointNotFound,
	forbidden,
	invalid,
	notFound,
	reply,
	tooManyRequests,
	type Reply,
} from './replies.mts';
import { hasStatus } from './work/filters.mts';
import { processHandlers } from './work/processHandlers.mts';
import { Shown, shortLink } from './work/shown.mts';
import { taskHandlers } from './work/taskHandlers.mts';

/** A request to an operation of the contract. */
export interface OperationRequest {
	params: Record<string, string>;
	query: Record<string, unknown>;
	body: Json;
	/** The member whose token it is. */
	caller: Member;
}

export type Handler = (request: OperationRequest) => Reply;
/** By operationId of the contract. */
export type Handlers = Record<string, Handler>;

const unknownEmail = () => invalid({ email: ['The selected email is invalid.'] });

export function handlersFor(organization: Organization, injector: FaultInjector): Handlers {
	const quirks = () => injector.behaviour.quirks;
	const listOfGuests = guestLists(organization, quirks);

	/** A guest as the API shows it. @param numbers of tasks, where they were asked for */
	const shown = (guest: Guest, numbers?: Json): Json => {
		const { stats = 'flat', namesInDetails, guestLink } = quirks();
		const { first_name, last_name, ...rest } = guest;
		const record: Json = namesInDetails
			? { ...rest, details: { ...guest.details, first_name, last_name } }
			: { ...guest };
		if (guestLink && guest.link !== null) record.link = shortLink(guest.link);
		if (numbers) {
			record.stats = { flat: numbers, wrapped: { data: numbers }, empty: {}, list: [] }[stats];
		}
		return record;
	};
	/** The owner of the token, without the rights of an administrator if a quirk says so. */
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

	type GuestHandler = (guest: Guest, request: OperationRequest) => Reply;
	/** With the guest of the email in the path. @param missing what the operation replies when there is none */
	const withGuest =
		(missing: () => Reply, handle: GuestHandler): Handler =>
		(request) => {
			const guest = organization.guests.get(request.params.guestEmail);
			return guest ? handle(guest, request) : missing();
		};
	/** With the guest of the code in the path. */
	const withCode =
		(handle: GuestHandler): Handler =>
		(request) => {
			const guest = organization.guestOfCode(request.params.guestCode);
			return guest ? handle(guest, request) : notFound();
		};

	/** A watcher as the API shows it. */
	const shownWatcher = ({ id, webhook }: Watcher): Json => ({
		id,
		[quirks().watcherUrl ?? 'webhook']: webhook,
	});
	const withWatchers =
		(handle: Handler): Handler =>
		(request) =>
			quirks().watchers === 'missing' ? endpointNotFound() : handle(request);

	const context = { organization, work: organization.work, injector };
	const shownWork = new Shown(organization, quirks);

	return {
		...taskHandlers(context, shownWork),
		...processHandlers(context, shownWork, asOwner, shown),
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
			const search = String(query.q ?? '').toLowerCase();
			const found = organization.members.filter(({ email, full_name }) =>
				`${email} ${String(full_name)}`.toLowerCase().includes(search),
			);
			const list = query.sort ? sorted(found, query, quirks()) : found;
			return reply(200, pageOf(list, query, quirks(), 9999));
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
			const isEmail = /^[^\s@]+@[^\s@]+$|^"[^"]+"@[^\s@]+$/.test(email);
			if (!isEmail || /@example\.com$/i.test(email)) {
				return invalid({ email: ['The email must be a valid email address.'] });
			}
			if (organization.members.some((member) => member.email === email)) {
				return invalid({ email: ['This email belongs to a member of your organization.'] });
			}
			const long = ['first_name', 'last_name'].find((key) => String(body[key] ?? '').length > 200);
			if (long) return invalid({ [long]: ['May not be greater than 200 characters.'] });
			const existing = organization.guests.get(email);
			if (existing && quirks().existingGuest !== 'invited') {
				return invalid({ email: ['The email has already been taken.'] });
			}
			const wait = injector.inviteWait();
			if (wait !== undefined) {
				const body = {
					message:
						"You've reached the hourly limit for Guest Invite (30 per hour per organization). Please try again later.",
					code: 'RATE_LIMIT_EXCEEDED',
				};
				return tooManyRequests(body, wait);
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
				const isMember = (id: unknown) => organization.members.some((member) => member.id === id);
				if (!ids.every(isMember)) {
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
			const index = organization.members.findIndex(({ id }) => id === Number(params.userId));
			if (index < 0) return notFound();
			const member = organization.members[index];
			const admins = organization.members.filter(({ role }) => role === 'Admin');
			if (member.role === 'Admin' && admins.length === 1) {
				return forbidden('The only administrator cannot become a guest');
			}
			organization.members.splice(index, 1);
			const { email, first_name, last_name } = member;
			return reply(200, { data: shown(organization.create({ email, first_name, last_name })) });
		},

		listGuestTasks: withCode((guest, { query }) => {
			const words = quirks().taskStatus === 'ignored' ? 'all' : query.status;
			const isAsked = (task: Task) => hasStatus(task, words, organization.now());
			return reply(
				200,
				pageOf(organization.tasks(guest).filter(isAsked), query, quirks(), 10, true),
			);
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
			const index = organization.watchers.findIndex(({ id }) => id === params.watcherId);
			if (index < 0) return notFound();
			organization.watchers.splice(index, 1);
			return reply(200);
		}),
	};
}
