// How n8n has drawn a workflow: where nodes, labels, notes and lines are, and what of it lies over something else.
// Called by browser.mts.

interface Box {
	/** Of the node, by its name. */
	node: string;
	what: 'node' | 'label' | 'note';
	left: number;
	top: number;
	right: number;
	bottom: number;
}

/** Where things are in the window, whatever the zoom. */
export interface Drawing {
	boxes: Box[];
	/** Points on each line between two nodes, from one end to the other. */
	lines: Array<Array<{ x: number; y: number }>>;
	/** Names of notes whose text does not fit. */
	cutOff: string[];
}

/** JavaScript that gives the drawing, for the page. */
export const DRAWING = `(() => {
	const boxes = [], cutOff = [];
	for (const drawn of document.querySelectorAll('.vue-flow__node')) {
		const note = drawn.querySelector('[data-test-id="sticky"]');
		const node = note
			? note.textContent.trim().slice(0, 24)
			: drawn.querySelector('[data-node-name]').dataset.nodeName;
		const add = (what, { left, top, right, bottom }) => boxes.push({ node, what, left, top, right, bottom });
		add(note ? 'note' : 'node', (note ?? drawn).getBoundingClientRect());
		if (note) {
			const hides = ({ clientWidth, clientHeight, scrollWidth, scrollHeight }) =>
				clientWidth > 0 && (scrollWidth > clientWidth + 1 || scrollHeight > clientHeight + 1);
			if ([note, ...note.querySelectorAll('*')].some(hides)) cutOff.push(node);
			continue;
		}
		const texts = document.createTreeWalker(drawn, NodeFilter.SHOW_TEXT);
		while (texts.nextNode()) {
			const { currentNode } = texts;
			// What outputs are called stands on their lines; buttons come when somebody points at the node.
			if (currentNode.parentElement.closest('.vue-flow__handle, button, [data-test-id="canvas-node-toolbar"]')) continue;
			const range = document.createRange();
			range.selectNodeContents(currentNode);
			const [text, room] = [range, currentNode.parentElement].map((one) => one.getBoundingClientRect());
			// A long text ends where its room does, with an ellipsis.
			const [left, right] = [Math.max(text.left, room.left), Math.min(text.right, room.right)];
			if (right > left) add('label', { left, right, top: text.top, bottom: text.bottom });
		}
	}
	const lines = [...document.querySelectorAll('.vue-flow__edge-path')].map((path) => {
		const [length, matrix] = [path.getTotalLength(), path.getScreenCTM()];
		return Array.from({ length: 200 }, (_, at) => {
			const { x, y } = path.getPointAtLength((length * at) / 199).matrixTransform(matrix);
			return { x, y };
		});
	});
	return { boxes, lines, cutOff };
})()`;

const apart = (one: Box, other: Box) =>
	one.right <= other.left ||
	other.right <= one.left ||
	one.bottom <= other.top ||
	other.bottom <= one.top;

const away = ({ left, right, top, bottom }: Box, { x, y }: { x: number; y: number }) =>
	Math.hypot(Math.max(left - x, 0, x - right), Math.max(top - y, 0, y - bottom));

/** What lies over something else, or is cut off, in words. */
export function untidy({ boxes, lines, cutOff }: Drawing): string[] {
	const said = ({ node, what }: Box) => `${what} of "${node}"`;
	const pairs = boxes.flatMap((one, index) =>
		boxes
			.slice(index + 1)
			.filter((other) => other.node !== one.node && !apart(one, other))
			.map((other) => `${said(one)} and ${said(other)}`),
	);
	const nodes = boxes.filter(({ what }) => what === 'node');
	const crossed = lines.flatMap((points) => {
		const ends = [points[0], points[points.length - 1]].map(
			(end) => nodes.reduce((near, one) => (away(one, end) < away(near, end) ? one : near)).node,
		);
		return boxes
			.filter((box) => !ends.includes(box.node) && points.some((point) => away(box, point) === 0))
			.map((box) => `a line from "${ends[0]}" and ${said(box)}`);
	});
	return [...cutOff.map((node) => `note "${node}" is cut off`), ...pairs, ...crossed];
}
