// A loaded policy: frozen, checked, with its hash. Made by load.ts; a policy that is not flawless does not exist.

import type { Condition } from './condition.ts';
import type { PathPattern } from './path-pattern.ts';
import type { RoleLink } from './roles.ts';
import type { Effect, RuleRef } from './verdict.ts';

export type Policy = {
  /** The directory or name it was read from, for messages. */
  readonly name: string;
  /** sha256Hex over model and rules. */
  readonly hash: string;
  /** The `p` rows in the order of the file. */
  readonly rules: readonly Rule[];
  /** The `g` rows. */
  readonly links: readonly RoleLink[];
};

/** One `p` row, read. The texts are the columns as Casbin sees them. */
export type Rule = {
  readonly effect: Effect;
  /** `user:x`, `role:x` or `role:everyone`. */
  readonly subject: string;
  readonly network: string;
  readonly path: string;
  readonly operation: string;
  readonly scope: string;
  readonly when: string;
  readonly covers: Covered;
  readonly operations: ReadonlySet<string>;
  readonly scopes: ReadonlySet<string>;
  readonly condition: Condition;
  readonly ref: RuleRef;
  /** Its number among the rules of the policy. */
  readonly at: number;
};

/** What a rule's path column names. */
export type Covered =
  | { readonly type: 'changes'; readonly pattern: PathPattern }
  /** `impersonate`: a user, a role, or `*`. */
  | { readonly type: 'subjects'; readonly subject: string }
  /** `start`, `stop`, `autostart`. */
  | { readonly type: 'network' };
