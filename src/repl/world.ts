// What a session needs of the world, handed in by whoever starts it.

import type { Course, Interrupts, Target } from '../apply/target.ts';
import type { WatchedPolicy } from '../apply/watch-policy.ts';
import type { ScopeWord } from '../syntax/ast.ts';
import type { Words } from './words.ts';

/** How a session, or a line of a strict one, ended. */
export type End = 'done' | 'error' | 'denied' | 'conflict' | 'partial' | 'usage' | 'interrupted';

export type World = {
  readonly target: Target;
  readonly policy: WatchedPolicy;
  /** `user:NAME`: who really sits there. */
  readonly realSubject: string;
  /** `--as`: whose verdicts are shown at first; null for their own. */
  readonly as: string | null;
  readonly network: string | null;
  readonly scope: ScopeWord | null;
  readonly vars: ReadonlyMap<string, string>;
  /** `--yes`: commit without asking. */
  readonly yes: boolean;
  readonly words: Words;
  /** Results. */
  readonly print: (text: string) => void;
  /** Everything else. */
  readonly say: (text: string) => void;
  readonly now: () => number;
  /** Tells whoever waits for `act` how far it is, and lets them stop it; by the interrupts of a person, else by signals. */
  readonly withCourse: <T>(act: (course: Course) => Promise<T>, interrupts: Interrupts | null) => Promise<T>;
};

export type Answer = 'yes' | 'no' | 'interrupted';

/** What only somebody at a terminal can do; null from a pipe. */
export type Person = {
  readonly ask: (question: string) => Promise<Answer>;
  /** What Ctrl-C does while a command runs. */
  readonly onInterrupt: Interrupts;
  /** The text as it was left in their editor, or why there is none. */
  readonly edit: (text: string) => Promise<{ readonly text: string } | { readonly problem: string }>;
};
