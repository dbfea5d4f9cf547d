// What can stand at an argument or behind an option, for completion. Fixed choices are commander's own and not among these.

import type { Argument, Option } from 'commander';

export type Values =
  | { readonly type: 'networks' }
  | { readonly type: 'users' }
  | { readonly type: 'codes' }
  | { readonly type: 'targets' }
  /** Targets that are libvirt daemons. */
  | { readonly type: 'daemons' }
  | { readonly type: 'folders' }
  /** Users and roles of the policy. */
  | { readonly type: 'subjects' }
  /** These words, each with what it means. */
  | { readonly type: 'words'; readonly words: readonly (readonly [word: string, description: string])[] }
  /** Policy paths: elements and attributes. */
  | { readonly type: 'paths' }
  /** `attr=` for the element that the operand at this place names. */
  | { readonly type: 'values'; readonly path: number }
  /** Files with one of these endings; all files when there is none. */
  | { readonly type: 'files'; readonly endings: readonly string[] };

const known = new WeakMap<Option | Argument, readonly Values[]>();

/** The option or argument, with what completes it. */
export function completedBy<T extends Option | Argument>(of: T, values: readonly Values[]): T {
  known.set(of, values);
  return of;
}

/** Empty when nothing is known. */
export function valuesOf(of: Option | Argument): readonly Values[] {
  return known.get(of) ?? [];
}
