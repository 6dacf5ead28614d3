// Scenarios run in several processes, but only one at a time may use the n8n of a world and its sandbox: two would see each
// other's guests. The process that started the worlds gives the locks.
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';

export interface LockServer {
	port: number;
	stop: () => void;
}

/** Whoever connects and names a lock is answered when it is free, and has it for as long as the connection is open. */
export async function startLockServer(): Promise<LockServer> {
	const free = new Map<string, Promise<void>>();
	const server = createServer((socket) => {
		// A process that was killed; the lock is free again all the same.
		socket.on('error', () => undefined);
		const closed = new Promise<void>((done) => socket.once('close', () => done()));
		socket.once('data', (data) => {
			const name = String(data);
			const before = free.get(name) ?? Promise.resolve();
			free.set(
				name,
				before.then(async () => await closed),
			);
			void before.then(() => socket.write('yours'));
		});
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	// A run that is ended need not wait for it.
	server.unref();
	return { port: (server.address() as AddressInfo).port, stop: () => server.close() };
}

/** Waits for a lock. @returns what gives it back */
export async function takeLock(port: number, name: string): Promise<() => void> {
	const socket = connect(port, '127.0.0.1');
	await once(socket, 'connect');
	socket.write(name);
	await once(socket, 'data');
	return () => socket.destroy();
}
