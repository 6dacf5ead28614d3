import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sectionUnder, tablesOf } from '../support/markdown.mts';

const CONTRACT = 'sandbox/contract';
const list = readFileSync(`${CONTRACT}/guesses.md`, 'utf8');
const facts = readFileSync(`${CONTRACT}/facts.md`, 'utf8');

interface Guess {
	number: string;
	settledBy: string[];
	/** Names without folders: files move. */
	files: string[];
}

const rows = tablesOf(list).flatMap(({ rows: cells }) => cells);
const guesses: Guess[] = rows.map(([number, , , , settledBy, files]) => ({
	number,
	settledBy: settledBy.split(';').map((one) => one.trim()),
	files: [...files.matchAll(/`([^`]+)`/g)].map(([, name]) => name),
}));

const sources = ['nodes', 'credentials', 'sandbox']
	.flatMap((folder) =>
		readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((file) => `${folder}/${file}`),
	)
	.filter((file) => /\.m?ts$/.test(file) && !file.includes('node_modules'))
	.map((file) => ({ file, text: readFileSync(file, 'utf8') }));
/** The code that ships. */
const shipped = sources.filter(({ file }) => !file.startsWith('sandbox/'));
/** `(G12)`, `(facts.md 7, G12)`: every number of a guess that a file names. */
const namedIn = (text: string) => [...text.matchAll(/\bG\d+\b/g)].map(([number]) => number);

const factNumbers = tablesOf(facts)
	.filter(({ header }) => header[0] === '#' && header[1] === 'Fact')
	.flatMap(({ rows: cells }) => cells.map(([number]) => number));
/** Those of work.md too, which repeats none but some that facts.md quotes. */
const knownNumbers = [facts, readFileSync(`${CONTRACT}/work.md`, 'utf8')]
	.flatMap((text) => tablesOf(text))
	.filter(({ header }) => header[0] === '#' && header[1] === 'Fact')
	.flatMap(({ rows: cells }) => cells.map(([number]) => number));
const questions = tablesOf(sectionUnder(facts, /^## 2\./)).flatMap(({ rows: cells }) =>
	cells.map(([question]) => question),
);

describe('The list of guesses about the API', () => {
	it('gives each guess a number of its own, in their order, and leaves no cell empty', () => {
		const numbers = guesses.map(({ number }) => Number(/^G(\d+)$/.exec(number)?.[1]));
		expect(numbers.length).toBeGreaterThan(50);
		expect(numbers).toEqual([...new Set(numbers)].sort((one, other) => one - other));
		expect(rows.filter((cells) => cells.length !== 6 || cells.includes(''))).toEqual([]);
	});

	it('names facts that would settle a guess, and questions of section 2, as they are in facts.md and work.md', () => {
		const unknown = guesses.flatMap(({ number, settledBy }) =>
			settledBy
				.filter((one) => {
					const [, question] = /^section 2, (.+)$/.exec(one) ?? [];
					if (question) return !questions.some((asked) => asked.startsWith(question));
					return one !== 'none yet' && !knownNumbers.includes(one);
				})
				.map((one) => `${number}: ${one}`),
		);
		expect(unknown).toEqual([]);
	});

	it('names files that exist, wherever they are: when a file gets another name, so does it here', () => {
		const names = shipped.map(({ file }) => basename(file));
		const lost = guesses.flatMap(({ number, files }) =>
			files.filter((name) => !names.includes(name)).map((name) => `${number}: ${name}`),
		);
		expect(lost).toEqual([]);
		expect(guesses.filter(({ files }) => files.length === 0)).toEqual([]);
	});

	it('has every guess that a comment in the code names', () => {
		const known = guesses.map(({ number }) => number);
		const strange = sources.flatMap(({ file, text }) =>
			namedIn(text)
				.filter((number) => !known.includes(number))
				.map((number) => `${file}: ${number}`),
		);
		expect(strange).toEqual([]);
	});

	it('is named by the code in turn: each guess in each of its files', () => {
		const silent = guesses.flatMap(({ number, files }) =>
			files
				.filter(
					(name) =>
						!shipped.some(
							({ file, text }) => basename(file) === name && namedIn(text).includes(number),
						),
				)
				.map((name) => `${number}: ${name}`),
		);
		expect(silent).toEqual([]);
	});
});

describe('The facts about the API', () => {
	it('have every number that a comment in the code cites', () => {
		const cited = sources.flatMap(({ file, text }) =>
			[...text.matchAll(/facts\.md ((?:\d+[a-z]?(?:, | and )?)+)/g)].flatMap(([, numbers]) =>
				numbers
					.split(/, | and /)
					.filter(Boolean)
					.map((number) => ({ file, number })),
			),
		);
		expect(cited.length).toBeGreaterThan(20);
		const lost = cited.filter(({ number }) => !factNumbers.includes(number));
		expect(lost.map(({ file, number }) => `${file}: ${number}`)).toEqual([]);
	});

	it('have each number once', () => {
		expect(factNumbers.filter((number, at) => factNumbers.indexOf(number) !== at)).toEqual([]);
	});
});
