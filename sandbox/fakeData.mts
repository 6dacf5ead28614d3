// Made-up guests and members: the same ones for the same seed, because every random value comes from one generator in the
// same order. Used by organization.mts.
import { base, en, Faker } from '@faker-js/faker';
import { DATE_FORMATS } from './dates.mts';
import type { Guest, Json, Member } from './organization.mts';

/** Keys of a create call that the server's rules name; it ignores all others (facts.md 7, 12). */
export const DETAIL_KEYS = [
	'status',
	'phone_1',
	'phone_2',
	'timezone',
	'image_url',
	'contact_url',
	'company_url',
	'opportunity_url',
	'company_name',
	'opportunity_name',
	'external_sync_source',
	'external_date_creation',
];

/** Every made-up date is before this one; the real time would give other dates for the same seed. */
const LAST_DATE = new Date('2026-11-01T12:00:00Z');
/** When the first guest was added. */
const FIRST_GUEST = Date.UTC(2023, 0, 1);
const FOUR_HOURS = 4 * 3_600_000;

export class FakeData {
	readonly faker: Faker;
	private readonly linkStart: string;
	private nextGuestId = 1000;

	/** @param linkBase the origin of guests' links */
	constructor(seed: number, organizationId: string, linkBase = 'https://go.tallyfy.com') {
		this.linkStart = `${linkBase}/guest-all-task/${organizationId}`;
		this.faker = new Faker({ locale: [en, base], seed });
		this.faker.setDefaultRefDate(LAST_DATE);
	}

	members(count: number): Member[] {
		return Array.from({ length: count }, (_, index) => this.member(index));
	}

	/** Guests that some of the members look after, oldest first; four hours apart, or less if they are many. */
	guests(count: number, members: Member[]): Guest[] {
		const apart = Math.min(FOUR_HOURS, (LAST_DATE.getTime() - FIRST_GUEST) / (count + 1));
		return Array.from({ length: count }, (_, index) =>
			this.guest(index, FIRST_GUEST + index * apart, members),
		);
	}

	/** A guest of whom nothing is known but the email, with the next ID and a code of its own. */
	emptyGuest(email: string): Guest {
		return {
			id: this.nextGuestId++,
			email,
			last_accessed_at: null,
			last_known_ip: null,
			last_known_country: null,
			first_name: null,
			last_name: null,
			created_at: '',
			deleted_at: null,
			link: this.link(),
			details: emptyDetails(),
		};
	}

	/** A new link of a guest; its last segment is the guest code. */
	link(): string {
		return `${this.linkStart}/${this.faker.string.alphanumeric(40)}`;
	}

	private guest(index: number, createdAt: number, members: Member[]): Guest {
		const { faker } = this;
		const first = faker.person.firstName();
		const last = faker.person.lastName();
		const company = faker.company.name();
		const domain = `${company.toLowerCase().replace(/[^a-z]+/g, '-')}.test`;
		const email = `${first}.${last}.${index}@${domain}`.toLowerCase().replace(/[^a-z0-9.@-]/g, '');
		const format = DATE_FORMATS[index % DATE_FORMATS.length];
		const visited = index % 5 === 0 ? null : format(faker.date.recent({ days: 300 }).toISOString());
		const disabled = index % 17 === 3;
		const guest = this.emptyGuest(email);
		return {
			...guest,
			first_name: first,
			last_name: last,
			created_at: format(new Date(createdAt).toISOString()),
			last_accessed_at: visited,
			last_known_ip: visited && faker.internet.ipv4(),
			last_known_country: visited && faker.location.countryCode(),
			details: {
				...guest.details,
				company_name: company,
				phone_1: index % 2 ? faker.phone.number({ style: 'international' }) : null,
				timezone: faker.location.timeZone(),
				associated_members: index % 4 ? [members[index % members.length]?.id ?? 1] : null,
				last_accessed_at: visited,
				disabled_at: disabled ? format('2026-09-01T08:00:00.000Z') : null,
				disabled_by: disabled ? members[0].id : null,
			},
		};
	}

	private member(index: number): Member {
		const { faker } = this;
		const first_name = faker.person.firstName();
		const last_name = faker.person.lastName();
		const status =
			index > 0 && index % 9 === 0 ? 'disabled' : index % 11 === 10 ? 'invited' : 'active';
		return {
			id: 20001 + index,
			email: `${first_name}.${last_name}@sandbox.test`.toLowerCase().replace(/[^a-z0-9.@]/g, ''),
			first_name,
			last_name,
			full_name: `${first_name} ${last_name}`,
			role: index === 0 ? 'Admin' : index % 5 === 0 ? 'Light' : 'Standard',
			status,
			timezone: 'America/Chicago',
			created_at: '2024-06-01T08:00:00+00:00',
		};
	}
}

function emptyDetails(): Json {
	return {
		...Object.fromEntries(DETAIL_KEYS.map((key) => [key, null])),
		cadence_days: null,
		associated_members: null,
		last_city: null,
		last_country: null,
		last_accessed_at: null,
		disabled_at: null,
		disabled_by: null,
		reactivated_at: null,
		reactivated_by: null,
	};
}
