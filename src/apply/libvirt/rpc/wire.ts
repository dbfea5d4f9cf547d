// Bytes to and from a daemon: over a UNIX socket, or through a program's standard input and output (ssh). Knows nothing of
// what the bytes mean.

import { spawn } from 'node:child_process';
import { createConnection, type Socket } from 'node:net';
import { err, ok, type Result } from '../../../std/result.ts';

export type Wire = {
  /** The other end, for messages. */
  readonly place: string;
  readonly send: (bytes: Buffer) => void;
  /** To be called once; nothing that arrived before is lost. `end` comes once, after the last data, and says how. */
  readonly listen: (ears: {
    readonly data: (chunk: Buffer) => void;
    readonly end: (how: string) => void;
  }) => void;
  /** Ends it from this side; `end` is told all the same. */
  readonly close: () => void;
};

/** The longest path that a socket address can hold on Linux. */
const LONGEST_SOCKET_PATH = 107;

/** A connection to the socket at `path`; an error is a code of the system (`ENOENT`, `EACCES`), or `ETIMEDOUT`. */
export function connectSocket(path: string, milliseconds: number): Promise<Result<Wire, string>> {
  if (Buffer.byteLength(path) > LONGEST_SOCKET_PATH) return Promise.resolve(err('ENAMETOOLONG'));
  return new Promise((resolve) => {
    const socket = createConnection({ path });
    const refuse = (code: string): void => {
      clearTimeout(timer);
      socket.destroy();
      resolve(err(code));
    };
    const timer = setTimeout(() => refuse('ETIMEDOUT'), milliseconds);
    const failed = (error: NodeJS.ErrnoException): void => refuse(error.code ?? error.message);
    socket.once('error', failed);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', failed);
      resolve(ok(socketWire(path, socket)));
    });
  });
}

function socketWire(place: string, socket: Socket): Wire {
  let how = 'the daemon closed the connection';
  socket.on('error', (error: NodeJS.ErrnoException) => {
    how = `the connection broke (${error.code ?? error.message})`;
  });
  return {
    place,
    send: (bytes) => {
      // calls that are made at once go at once
      if (socket.writableCorked === 0) {
        socket.cork();
        process.nextTick(() => socket.uncork());
      }
      socket.write(bytes);
    },
    listen: ({ data, end }) => {
      socket.on('data', data);
      socket.on('close', () => end(how));
    },
    close: () => {
      socket.end();
      socket.destroySoon();
    },
  };
}

/** Of what a program says on its standard error, the end is kept: the reason comes last. */
const LAST_WORDS = 4096;

/**
 * A shell that makes the program deaf to Ctrl-C and then becomes it: a terminal sends SIGINT to the whole foreground group,
 * and an ssh that dies of it takes the connection along while a call is under way. A session of its own (`detached`) would
 * help too, but there ssh has no terminal to ask for a passphrase. Program and arguments are arguments, never script.
 */
const DEAF = 'trap "" INT; exec "$0" "$@"';

/** A connection through a program, started with exactly these arguments. It fails, if at all, after it was made. */
export function connectProgram(place: string, program: string, args: readonly string[]): Wire {
  const child = spawn('/bin/sh', ['-c', DEAF, program, ...args], { stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  let failure: string | null = null;
  let closing = false;
  child.stderr.on('data', (chunk: Buffer) => {
    words = (words + chunk.toString('utf8')).slice(-LAST_WORDS);
  });
  // a program that has ended: `close` says so, and why
  child.stdin.on('error', () => {});
  child.stdout.on('error', () => {});
  child.on('error', (error) => {
    failure = error.message;
  });
  const name = program.slice(program.lastIndexOf('/') + 1);
  return {
    place,
    send: (bytes) => {
      child.stdin.write(bytes);
    },
    listen: ({ data, end }) => {
      child.stdout.on('data', data);
      child.on('close', (status, signal) => {
        if (closing) return end('closed');
        const ending = signal === null ? `status ${status}` : signal;
        const said = words.trim();
        end(failure ?? `\`${name}\` ended with ${ending}${said === '' ? ', and said nothing' : `: ${said}`}`);
      });
    },
    close: () => {
      closing = true;
      child.stdin.end();
      child.kill();
    },
  };
}
