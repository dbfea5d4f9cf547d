// Who holds a lock, in a form that a later process can check: process numbers come back, start times do not.

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import os from 'node:os';
import { threadId } from 'node:worker_threads';

/** A process, and a thread in it. An empty part could not be found out on this system. */
export type ProcessMark = {
  readonly pid: number;
  readonly thread: number;
  /** Clock ticks from boot to the start of the process: field 22 of /proc/PID/stat, proc(5). */
  readonly started: string;
  /** Changes with every boot, and is the same in every container of a kernel. */
  readonly boot: string;
  /** The PID namespace: in another one, the same number is another process. */
  readonly space: string;
  readonly machine: string;
};

/** `unknown`: another machine, or another container, where we cannot look. */
export type Fate = 'alive' | 'gone' | 'unknown';

let own: ProcessMark | null = null;

export function ownMark(): ProcessMark {
  own ??= {
    pid: process.pid,
    thread: threadId,
    started: startOf('self')?.started ?? '',
    boot: textOf('/proc/sys/kernel/random/boot_id').replaceAll('-', ''),
    space: linkOf('/proc/self/ns/pid').replaceAll(/\D/g, ''),
    machine: createHash('sha256')
      .update(`${textOf('/etc/machine-id')} ${os.hostname()}`)
      .digest('hex')
      .slice(0, 16),
  };
  return own;
}

/** A file name that no other lock ever has, and that says all of the mark: a name is there whole or not at all. */
export function markName(mark: ProcessMark): string {
  const { pid, thread, started, boot, space, machine } = mark;
  return [pid, thread, started, boot, space, machine, randomBytes(8).toString('hex')].join('.');
}

export function parseMarkName(name: string): ProcessMark | null {
  const match = /^(\d+)\.(\d+)\.(\d*)\.([0-9a-f]*)\.(\d*)\.([0-9a-f]*)\.[0-9a-f]+$/.exec(name);
  if (match === null) return null;
  const [, pid = '', thread = '', started = '', boot = '', space = '', machine = ''] = match;
  return { pid: Number(pid), thread: Number(thread), started, boot, space, machine };
}

/** What became of `mark`'s process, seen from `me`. A doubt is never `gone`. */
export function fateOf(mark: ProcessMark, me: ProcessMark): Fate {
  if (mark.boot !== me.boot) return mark.machine === me.machine ? 'gone' : 'unknown';
  if (mark.boot === '' && mark.machine !== me.machine) return 'unknown';
  if (mark.space !== me.space) return 'unknown';
  if (mark.pid === me.pid && mark.started === me.started) {
    // the lock is never held across a pause of its thread (lock.ts), so a lock of this very thread was left behind
    return mark.thread === me.thread ? 'gone' : 'alive';
  }
  try {
    process.kill(mark.pid, 0);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH') return 'gone';
  }
  const now = startOf(String(mark.pid));
  // /proc may hide other users' processes (hidepid): the signal found one, so it counts as the one that we look for
  if (now === null) return 'alive';
  // killed, and not yet waited for by its parent: it will never write again
  if (now.state === 'Z' || now.state === 'X') return 'gone';
  return now.started === mark.started ? 'alive' : 'gone';
}

function startOf(pid: string): { readonly state: string; readonly started: string } | null {
  const stat = textOf(`/proc/${pid}/stat`);
  // the second field is the program's name in parentheses, and may hold spaces and parentheses itself
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const [state, started] = [fields[0], fields[19]];
  return state === undefined || started === undefined ? null : { state, started };
}

function textOf(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return ''; // not Linux, or not for us: this part of the mark stays empty
  }
}

function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}
