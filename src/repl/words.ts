// What the session is lent by the command that starts it: the words that the command line has for plans and verdicts already.

import type { Revision } from '../apply/target.ts';
import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { Plan } from '../plan/plan.ts';
import type { Answer } from '../policy/ask.ts';
import type { Holder } from '../policy/who-can.ts';
import type { Prospect } from './outlook.ts';

/** How a stream shows text; asked for each time, because a terminal changes its size. */
export type Look = {
  readonly colour: boolean;
  readonly width: number;
  readonly unicode: boolean;
  readonly terminal: boolean;
};

/** Each ends in a line end, or is empty. */
export type Words = {
  /** Of the stream for results, as it is now. */
  readonly look: () => Look;
  /** Changes with what was decided about them, the rule and the way out; `named`: which network and scope they are of. */
  readonly decided: (
    told: readonly Prospect[],
    asked: { readonly subject: string; readonly policy: string; readonly named: boolean },
  ) => string;
  readonly plan: (plan: Plan) => string;
  /** The lines of the documents that a plan changes. */
  readonly lines: (plan: Plan) => string;
  readonly applied: (plan: Plan, revision: Revision) => string;
  /** What a policy says to a question, in few words or with every row that has a part in it. */
  readonly answer: (answer: Answer, length: 'short' | 'long') => string;
  readonly holders: (holders: readonly Holder[]) => string;
  readonly problems: (diagnostics: readonly Diagnostic[]) => string;
  /** Somebody else's text: without what could fool a terminal. */
  readonly foreign: (text: string) => string;
  /** The last entries of the journal. */
  readonly log: (count: number) => Promise<string>;
  /** What `sluice explain` says; null for no such code. */
  readonly explain: (code: string) => string | null;
};
