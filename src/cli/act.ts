// How the table of commands runs what a command does.

import type { Console } from './console.ts';
import type { ExitStatus } from './exit-status.ts';
import type { OutputFlags } from './flags.ts';

/** Runs it on the console of these flags and hands its exit status to whoever runs the program. */
export type Act = (
  flags: Pick<OutputFlags, 'color'>,
  run: (console: Console) => Promise<ExitStatus>,
) => Promise<void>;
