// The options of `sluice policy …` as they arrive: what policy-program.ts promises to hand to each command.

import type { OutputFlags, ScopeFlag } from './flags.ts';

export const SCOPES_OF_QUESTIONS: readonly ScopeFlag[] = ['config', 'live', 'live+config'];

export type AskFlags = OutputFlags & {
  readonly network?: string;
  readonly scope: ScopeFlag;
  readonly at?: string;
  readonly target?: string;
  readonly policy?: string;
};

export type TestFlags = OutputFlags & {
  readonly watch: boolean;
  readonly junit?: string;
  readonly policy?: string;
};
