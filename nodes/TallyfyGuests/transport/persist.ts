// Sending until an answer counts: in turn, repeated where that is safe, given up where it is not.
import { Problem, type Failure } from './failure';
import type { PaceLimits } from './pace';
import { isObject, type Answer, type ApiRequest, type Repetition, type Send } from './request';
import { MAX_TRIES, retryAfterSeconds, whatNext, type Outcome } from './retry';
import type { Run } from './run';
import { isSignIn } from './signIn';

export interface Patience {
	limits: PaceLimits;
	/** Longest wait for one retry, in milliseconds. */
	maxWaitMs: number;
}

/** Raised for a request that was never sent, because its execution stopped first. */
export class Unsent extends Problem {
	constructor() {
		super({
			message: 'The execution stopped before this was sent',
			description: 'Nothing was done in Tallyfy.',
		});
	}
}

/** Requests that write are harmless to repeat as far as HTTP goes, but for POST; operations know better. */
function repetitionOf({ method, repetition }: ApiRequest): Repetition {
	return repetition ?? (method === 'POST' ? 'never' : 'harmless');
}

/** The hourly caps hit one kind of request and carry a code; bursts hit everybody (facts.md 46). */
function isCap({ body }: Answer): boolean {
	return isObject(body) && body.code === 'RATE_LIMIT_EXCEEDED';
}

/** A refusal that says to come back later than anybody here will wait. What is alike would only meet the same. */
function isFarAway({ status, headers }: Answer, maxWaitMs: number): boolean {
	return (
		status === 429 &&
		(retryAfterSeconds(headers['retry-after'], Date.now()) ?? 0) * 1000 > maxWaitMs
	);
}

function became(outcome: Outcome): 'answered' | 'refused' | 'troubled' | 'lost' {
	if ('lost' in outcome) return 'lost';
	const { status } = outcome.answer;
	return status === 429 ? 'refused' : status >= 500 ? 'troubled' : 'answered';
}

/**
 * A sender that waits for its turn and repeats what may be repeated.
 * @param once sends a request one time; raises a Problem when no answer comes
 */
export function persistent(once: Send, run: Run, { limits, maxWaitMs }: Patience): Send {
	const { pace } = run.account;
	return async (request) => {
		const lane = `${request.method} ${request.url}`;
		const repetition = repetitionOf(request);
		let notBefore = 0;
		let answerLost = false;
		for (let tries = 1; ; tries++) {
			const ticket =
				run.stopped || run.locked || run.refusalOf(lane)
					? undefined
					: await pace.enter({ owner: run, limits, lane, notBefore, again: tries > 1 });
			const refusal = run.refusalOf(lane);
			if (!ticket && run.locked && !run.stopped) throw new Problem(run.locked);
			if (!ticket && refusal && !run.stopped) return refusal;
			if (!ticket) throw new Unsent();
			const outcome: Outcome = await once(request).then(
				(answer) => ({ answer }),
				(problem: Problem) => ({ lost: problem.failure }),
			);
			const locked = 'lost' in outcome && isSignIn(outcome.lost);
			const hopeless = locked || ('lost' in outcome && pace.nobodyThere);
			if (locked) run.lock(outcome.lost);
			const next = whatNext(outcome, {
				tries: hopeless ? MAX_TRIES : tries,
				repetition,
				maxWaitMs,
				now: Date.now(),
				chance: Math.random(),
			});
			const answer = 'answer' in outcome ? { ...outcome.answer, tries, answerLost } : undefined;
			const cap = answer?.status === 429 && isCap(answer) ? lane : undefined;
			// Before the ticket is handed back, because that lets the next request start.
			if (next.then === 'repeat' && next.everybody) pace.pause(next.waitMs, cap);
			if (next.then === 'take' && answer && (cap || isFarAway(answer, maxWaitMs))) {
				run.close(lane, answer);
			}
			pace.leave(ticket, became(outcome));
			if (next.then === 'take') {
				const inDoubt = ['lost', 'troubled'].includes(became(outcome)) && !run.stopped && !locked;
				// Before giving up: what was lost may have been done all the same. A look that fails tells nothing.
				const done = inDoubt ? await request.look?.().catch(() => undefined) : undefined;
				if (done) return done;
				if (answer) return answer;
				throw new Problem(afterTries((outcome as { lost: Failure }).lost, tries));
			}
			if (next.lookFirst && request.look) {
				const found = await request.look();
				if (found) return found;
			}
			// Also after a 503 that says when to come back: it may have been done.
			answerLost ||= became(outcome) !== 'refused';
			notBefore = Date.now() + next.waitMs;
		}
	};
}

function afterTries(failure: Failure, tries: number): Failure {
	if (tries === 1) return failure;
	return { ...failure, description: `Tried ${tries} times. ${failure.description}` };
}
