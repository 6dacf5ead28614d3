// n8n's web application in headless Chromium: opening workflows and the panel of a node, pictures, and evidence when a test
// fails. Called by the canvas scenario. What is clicked is found by n8n's own data-test-id.
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium, type Browser, type Locator, type Page } from 'playwright-core';
import { projectRoot } from '../../../dev/host.mts';
import { DRAWING, untidy, type Drawing } from './drawing.mts';
import type { World } from './world.mts';

const CHROMIUM = process.env.E2E_CHROMIUM ?? '/usr/bin/chromium';
/** Git ignores it. */
const PICTURES = join(projectRoot, 'test/e2e/screenshots');
/** One click or wait, in milliseconds; the machine may be busy. */
const TIMEOUT_MS = 120_000;
/** The end of an execution, in milliseconds. It takes less than one second where nothing went wrong. */
const EXECUTION_PATIENCE = 60_000;
/** What the page said to the console and its connections to n8n, the last lines of it. */
const DIARY_LINES = 40;

export type Theme = 'light' | 'dark';

/** Raises an error that says what to install when there is no Chromium. */
async function launch(): Promise<Browser> {
	if (!existsSync(CHROMIUM)) {
		throw new Error(
			`There is no ${CHROMIUM}, which the canvas is tested with: apt-get install chromium, or name another one in E2E_CHROMIUM.`,
		);
	}
	return await chromium.launch({
		executablePath: CHROMIUM,
		args: [
			'--no-sandbox',
			'--disable-gpu',
			'--disable-quic',
			'--no-first-run',
			'--disable-background-networking',
			'--disable-component-update',
			'--disable-sync',
		],
	});
}

export async function takePicture(page: Page, name: string): Promise<void> {
	mkdirSync(PICTURES, { recursive: true });
	await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
}

/** A browser that is signed in to the n8n of a world. */
export async function openBrowser(world: World): Promise<SignedInBrowser> {
	return new SignedInBrowser(await launch(), world);
}

/** A browser that knows nobody: each visit is a guest's first, without cookies. */
export async function openGuestBrowser(): Promise<GuestBrowser> {
	return new GuestBrowser(await launch());
}

export class GuestBrowser {
	constructor(private readonly browser: Browser) {}

	/** Opens a guest's link, and does what the guest does there. */
	async visit(link: string, body: (page: Page) => Promise<void>): Promise<void> {
		const context = await this.browser.newContext();
		try {
			const page = await context.newPage();
			page.setDefaultTimeout(TIMEOUT_MS);
			await page.goto(link);
			await body(page);
		} finally {
			await context.close();
		}
	}

	async close(): Promise<void> {
		await this.browser.close();
	}
}

export class SignedInBrowser {
	private page: Page | undefined;
	private diary: string[] = [];

	constructor(
		private readonly browser: Browser,
		private readonly world: World,
	) {}

	/**
	 * The page for one test. When the test fails, its picture and HTML are kept under `name`, what the page was doing is
	 * printed, and the next test begins with a new page.
	 * @param theme what the operating system prefers, which n8n follows
	 */
	async visit(
		name: string,
		body: (canvas: Canvas) => Promise<void>,
		theme: Theme = 'light',
	): Promise<void> {
		// One page for all tests: n8n's scripts stay compiled, which halves the time on a small machine.
		this.page ??= await this.signedIn();
		await this.page.emulateMedia({ colorScheme: theme });
		const canvas = new Canvas(this.page, this.world.name);
		try {
			await body(canvas);
		} catch (error) {
			// The page may be gone too; what went wrong first is what counts.
			const seen = await canvas.evidence(name).catch((gone: Error) => gone.message);
			console.error(`n8n ${this.world.name}, ${name}: ${seen}\n${this.diary.join('\n')}`);
			await this.page.context().close();
			this.page = undefined;
			throw error;
		}
	}

	async close(): Promise<void> {
		await this.browser.close();
	}

	private async signedIn(): Promise<Page> {
		const { n8nUrl, session } = this.world;
		const context = await this.browser.newContext({
			baseURL: n8nUrl,
			viewport: { width: 1440, height: 900 },
			reducedMotion: 'reduce',
		});
		const [, name, value] = /^([^=]+)=(.*)$/.exec(session.cookie) ?? [];
		await context.addCookies([{ name, value, url: n8nUrl }]);
		// The cookie is good for the browser that signed in, which n8n knows by this.
		await context.addInitScript(
			`localStorage.setItem('n8n-browserId', ${JSON.stringify(session.browserId)})`,
		);
		const page = await context.newPage();
		page.setDefaultTimeout(TIMEOUT_MS);
		this.keepDiary(page);
		return page;
	}

	/** Notes what tells why n8n's page did not do what it was asked to: its errors, executions, and the push connection. */
	private keepDiary(page: Page): void {
		this.diary = [];
		const begin = Date.now();
		const note = (line: string) => {
			const seconds = ((Date.now() - begin) / 1000).toFixed(1);
			this.diary = [...this.diary, `  ${seconds} s ${line}`].slice(-DIARY_LINES);
		};
		page.on('console', (message) => {
			if (message.type() === 'error') note(`console: ${message.text()}`);
		});
		page.on('pageerror', ({ message }) => note(`error: ${message}`));
		page.on('framenavigated', (frame) => {
			if (frame === page.mainFrame()) note(`page: ${frame.url()}`);
		});
		page.on('websocket', (socket) => {
			note('push: opens');
			socket.on('close', () => note('push: closed'));
			socket.on('framereceived', ({ payload }) => {
				note(`push: ${/"type":"(\w+)"/.exec(String(payload))?.[1]}`);
			});
		});
		page.on('response', (response) => {
			const isExecution = /\/run\b|\/executions\//.test(response.url());
			if (!isExecution && response.ok()) return;
			note(`${response.request().method()} ${response.url()}: ${response.status()}`);
		});
	}
}

/** A page with a workflow on it. */
export class Canvas {
	constructor(
		readonly page: Page,
		private readonly world: string,
	) {}

	/** What n8n has given this id to test by. */
	id(id: string, within: Page | Locator = this.page): Locator {
		return within.locator(`[data-test-id="${id}"]`);
	}

	/** An empty workflow. */
	async openNew(): Promise<void> {
		await this.page.goto('/workflow/new', { timeout: TIMEOUT_MS });
		await this.id('canvas-plus-button').waitFor();
	}

	/** A saved workflow, with its nodes drawn. */
	async open({ id }: { id: string }): Promise<void> {
		await this.page.goto(`/workflow/${id}`, { timeout: TIMEOUT_MS });
		await this.id('canvas-node').first().waitFor();
	}

	/** A node on the canvas, by its name. */
	node(name: string): Locator {
		return this.page.locator(`[data-test-id="canvas-node"][data-node-name="${name}"]`);
	}

	/** Opens the panel of a node. */
	async openNode(name: string): Promise<void> {
		await this.node(name).dblclick();
		await this.id('node-parameters').first().waitFor();
	}

	async closeNode(): Promise<void> {
		await this.id('ndv-close-button').or(this.id('back-to-canvas')).first().click();
		await this.id('ndv').waitFor({ state: 'hidden' });
	}

	/** The input of a parameter in the open panel, by its name in the description. */
	parameter(name: string): Locator {
		return this.id(`parameter-input-${name}`).first();
	}

	/** The entries of the drop-down that is open. */
	get entries(): Locator {
		return this.page.locator('[role="option"]:visible');
	}

	/** Picks an entry of a drop-down by its exact name. */
	async choose(dropDown: Locator, name: string): Promise<void> {
		await dropDown.click();
		await this.entry(name).click();
	}

	/** An entry of the drop-down that is open; the line below its name does not count. */
	entry(name: string): Locator {
		return this.entries.filter({ has: this.page.getByText(name, { exact: true }) });
	}

	/** Adds an entry to a collection of the open panel, by the words on its button. */
	async add(button: string, entry: string): Promise<void> {
		await this.choose(this.page.locator(`input[placeholder="${button}"]:visible`).first(), entry);
	}

	/** Says in the credential dialog which kind of credential it is to be: a drop-down since n8n 2.41, radio buttons before. */
	async connectUsing(kind: string): Promise<void> {
		const dialog = this.id('editCredential-modal');
		const menu = this.id('credential-mode-dropdown-trigger', dialog);
		const radios = this.id('node-auth-type-selector', dialog);
		await menu.or(radios).first().waitFor();
		if (await menu.isVisible()) {
			await menu.click();
			await this.page.getByRole('menuitem', { name: kind, exact: true }).click();
		} else {
			await radios.getByText(kind, { exact: true }).click();
		}
	}

	get output(): Locator {
		return this.id('output-panel');
	}

	/** Runs the node of the open panel and waits for its success. */
	async execute(): Promise<void> {
		await this.id('node-execute-button').click();
		await this.id('node-run-status-success', this.output).waitFor({ timeout: EXECUTION_PATIENCE });
	}

	/** The items that the node of the open panel gave, as its JSON view shows them; that view cuts long lists. */
	async items(): Promise<Array<Record<string, unknown>>> {
		await this.id('radio-button-json', this.output).click();
		const data = this.id('ndv-data-container', this.output);
		await data.getByText(']', { exact: true }).last().waitFor();
		// n8n indents with spaces that do not break.
		const text = (await data.innerText()).replaceAll('\u00a0', ' ');
		return JSON.parse(text) as Array<Record<string, unknown>>;
	}

	/** Runs the node of the open panel, which fails; gives the error as people read it. */
	async executeInVain(): Promise<{ message: string; description: string }> {
		await this.id('node-execute-button').click();
		const message = this.id('node-error-message', this.output);
		await message.waitFor({ timeout: EXECUTION_PATIENCE });
		return {
			message: (await message.innerText()).trim(),
			description: (await this.id('node-error-description', this.output).innerText()).trim(),
		};
	}

	/** What of the workflow on the canvas lies over something else, or is cut off. */
	async untidy(): Promise<string[]> {
		// Lines are drawn after nodes.
		await this.page.locator('.vue-flow__edge-path').first().waitFor({ state: 'attached' });
		return untidy(await this.page.evaluate<Drawing>(DRAWING));
	}

	/** Takes a picture of the page. */
	async picture(name: string): Promise<void> {
		await takePicture(this.page, `n8n-${this.world}-${name}`);
	}

	/** What the page looked like, and its HTML, for somebody who asks why a test failed. Gives the words on the page. */
	async evidence(name: string): Promise<string> {
		await this.picture(`FAILED-${name}`);
		const path = join(PICTURES, `n8n-${this.world}-FAILED-${name}.html`);
		writeFileSync(path, await this.page.content());
		return (await this.page.locator('body').innerText()).replace(/\s+/g, ' ').slice(0, 2_000);
	}
}
