// Reads the picture in ARCHITECTURE.md: its rooms, the files drawn in them, and who asks whom. Called by the house test,
// for which the picture is the rule.

export interface Picture {
	/** Rooms by their folder's name; `nodeFiles` and `credentials` too. */
	rooms: string[];
	/** Files drawn inside a room, as `room/file.ts`. */
	files: string[];
	/** Solid arrows, `from` imports `to`. Their ends are rooms or files. */
	asks: Array<{ from: string; to: string }>;
	/** Names at the ends of arrows that nothing in the picture has. */
	unknown: string[];
}

const ROOM = /^subgraph (\w+)\[/;
const BOX = /^(\w+)\["([^":]+): /;
const OUTSIDE = /^(\w+)\(\[/;
const ASKS = /^(\w+) --> (\w+)$/;
const WAY = /^(\w+) -\. ".+" \.-> (\w+)$/;

/** `markdown` holds one Mermaid flowchart. A line of it that is none of the above is an error: it would escape the rule. */
export function pictureIn(markdown: string): Picture {
	const [, drawn = ''] = /```mermaid\nflowchart \w+\n([\s\S]*?)```/.exec(markdown) ?? [];
	/** What a name in the picture stands for. */
	const named = new Map<string, string>();
	const rooms: string[] = [];
	const files: string[] = [];
	const arrows: Array<{ from: string; to: string; solid: boolean }> = [];
	let room = '';
	for (const line of drawn.split('\n').map((text) => text.trim())) {
		const [, opened] = ROOM.exec(line) ?? [];
		const [, box, label] = BOX.exec(line) ?? [];
		const [, outside] = OUTSIDE.exec(line) ?? [];
		const solid = ASKS.exec(line);
		const arrow = solid ?? WAY.exec(line);
		if (line === '') continue;
		else if (line === 'end') room = '';
		else if (arrow) arrows.push({ from: arrow[1], to: arrow[2], solid: arrow === solid });
		else if (outside) named.set(outside, outside);
		else if (opened || (box && room === '')) {
			rooms.push(opened ?? box);
			named.set(opened ?? box, opened ?? box);
			room = opened ?? '';
		} else if (box) {
			files.push(`${room}/${label}`);
			named.set(box, `${room}/${label}`);
		} else throw new Error(`A line of the picture that says nothing we know: ${line}`);
	}
	return {
		rooms,
		files,
		asks: arrows
			.filter(({ solid }) => solid)
			.map(({ from, to }) => ({ from: named.get(from) ?? from, to: named.get(to) ?? to })),
		unknown: arrows.flatMap(({ from, to }) => [from, to].filter((name) => !named.has(name))),
	};
}
