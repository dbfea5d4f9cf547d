// The options of the commands that keep a policy in order: what policy-keep-program.ts promises to hand to each.

import type { OutputFlags } from './flags.ts';

type PolicyFlag = { readonly policy?: string };

export type CheckPolicyFlags = OutputFlags &
  PolicyFlag & { readonly allowWarnings: boolean; readonly full: boolean };

export type LintFlags = OutputFlags & PolicyFlag & { readonly target?: string };

export type FmtPolicyFlags = OutputFlags & PolicyFlag & { readonly check: boolean; readonly write: boolean };

export type DiffPolicyFlags = OutputFlags & {
  readonly target?: string;
  readonly state?: string;
  readonly full: boolean;
};
