// What the terminal asks while somebody types.

import type { Typed } from './complete/world.ts';
import type { Shell } from './shell-state.ts';

export type Advisor = {
  /** What Tab puts in, if it is sure of something; else a list of what could stand there. */
  readonly complete: (
    shell: Shell,
    typed: Typed,
    width: number,
  ) => { readonly insert: string; readonly list: string };
  /** What `?` shows: everything that can come next, a line each. */
  readonly next: (shell: Shell, typed: Typed, width: number) => string;
  /** Whether a `?` here is a question, and no part of the text. */
  readonly takesQuestion: (typed: Typed) => boolean;
  /** What is still missing, in a few words; empty for nothing. */
  readonly hint: (shell: Shell, typed: Typed) => string;
};
