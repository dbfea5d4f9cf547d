// Whether one row covers everything that another does: its subject, networks, path, operations and scopes, and whether
// both conditions speak about the same element. Every yes is a proof; a no may only mean that none was found.

import type { KeyPattern } from '../network/lookup.ts';
import { allSpecs } from '../network/table.ts';
import { EVERYONE, networkMatches } from './names.ts';
import type { PathPattern, StepPattern } from './path-pattern.ts';
import type { Covered, Rule } from './policy.ts';
import type { RoleLink } from './roles.ts';

/** Every network that `narrow` fits is one that `wide` fits. */
export function networkPatternCovers(wide: string, narrow: string): boolean {
  // a `*` of `narrow` taken for a character is one that only a `*` of `wide` takes
  return networkMatches(narrow, wide);
}

/** False when no name fits both patterns. */
export function networkPatternsMeet(a: string, b: string): boolean {
  if (!a.includes('*')) return networkMatches(a, b);
  if (!b.includes('*')) return networkMatches(b, a);
  const startsAlike = (one: string, other: string): boolean => {
    const [x, y] = [one.slice(0, one.indexOf('*')), other.slice(0, other.indexOf('*'))];
    return x.startsWith(y) || y.startsWith(x);
  };
  const endsAlike = (one: string, other: string): boolean => {
    const [x, y] = [one.slice(one.lastIndexOf('*') + 1), other.slice(other.lastIndexOf('*') + 1)];
    return x.endsWith(y) || y.endsWith(x);
  };
  return startsAlike(a, b) && endsAlike(a, b);
}

/** Everything that somebody has who is `subject` on any network that fits: `subject` itself, roles, `role:everyone`. */
export function alwaysHas(
  subject: string,
  network: string,
  linksOf: ReadonlyMap<string, readonly RoleLink[]>,
): ReadonlySet<string> {
  const found = new Set([subject]);
  for (const member of found)
    for (const link of linksOf.get(member) ?? [])
      if (networkPatternCovers(link.network, network)) found.add(link.role);
  found.add(EVERYONE);
  return found;
}

/** What both rows say beside effect, subject and condition: true when `wide` matches wherever `narrow` does. */
export function rowCovers(wide: Rule, narrow: Rule): boolean {
  return (
    isSubset(narrow.operations, wide.operations) &&
    isSubset(narrow.scopes, wide.scopes) &&
    networkPatternCovers(wide.network, narrow.network) &&
    pathCovers(wide.covers, narrow.covers, wide.effect === 'allow')
  );
}

function isSubset(small: ReadonlySet<string>, large: ReadonlySet<string>): boolean {
  for (const one of small) if (!large.has(one)) return false;
  return true;
}

/** `byName`: `wide` is an allow, which does not reach what has to be named (rule 16). */
function pathCovers(wide: Covered, narrow: Covered, byName: boolean): boolean {
  switch (wide.type) {
    case 'changes':
      return narrow.type === 'changes' && patternCovers(wide.pattern, narrow.pattern, byName);
    case 'subjects':
      return narrow.type === 'subjects' && (wide.subject === '*' || wide.subject === narrow.subject);
    case 'network':
      return narrow.type === 'network';
  }
}

function patternCovers(wide: PathPattern, narrow: PathPattern, byName: boolean): boolean {
  if (!leafCovers(wide, narrow)) return false;
  // an allow that names what has to be named is only covered by one that names the same
  if (byName && namesWhatMustBeNamed(narrow)) return sameSteps(wide, narrow) && leafNamesAlike(wide, narrow);
  const [long, short] = [narrow.steps.length, wide.steps.length];
  if (!wide.anyDepth) {
    if (narrow.anyDepth) return short === 0 && wide.below;
    if (short > long || !stepsCover(wide.steps, narrow.steps, 0)) return false;
    return short < long ? wide.below : wide.below || !narrow.below;
  }
  if (long < short) return false;
  if (stepsCover(wide.steps, narrow.steps, long - short) && (wide.below || !narrow.below)) return true;
  if (!wide.below) return false;
  for (let at = 0; at < long - short; at++) if (stepsCover(wide.steps, narrow.steps, at)) return true;
  return false;
}

function leafCovers({ leaf: wide }: PathPattern, { leaf: narrow }: PathPattern): boolean {
  if (wide === null) return true;
  if (narrow === null || wide.type !== narrow.type) return false;
  return (
    wide.type === 'text' ||
    (narrow.type === 'attribute' && wide.name === narrow.name && wide.quoted === narrow.quoted)
  );
}

/** For what has to be named, a leaf in quotes is a name, and none is not. */
function leafNamesAlike({ leaf: wide }: PathPattern, { leaf: narrow }: PathPattern): boolean {
  return wide !== null || narrow === null || narrow.type === 'text' || !narrow.quoted;
}

/** True when `wide` covers the elements of `narrow` from `at` on, step by step. */
function stepsCover(wide: readonly StepPattern[], narrow: readonly StepPattern[], at: number): boolean {
  return wide.every((step, index) => {
    const other = narrow[at + index];
    return other !== undefined && stepCovers(step, other);
  });
}

function stepCovers(wide: StepPattern, narrow: StepPattern): boolean {
  if (wide.name === null) return true;
  if (wide.name !== narrow.name || wide.quoted !== narrow.quoted) return false;
  return (
    wide.keys === null ||
    (narrow.keys?.every((key) => wide.keys?.some((one) => keyCovers(one, key))) ?? false)
  );
}

function keyCovers(wide: KeyPattern, narrow: KeyPattern): boolean {
  if (wide.kind !== null && wide.kind !== narrow.kind) return false;
  return wide.parts.every((part, at) => part === null || part === narrow.parts[at]);
}

/** The same names in the same places, with keys that are as wide: then both name the same things. */
function sameSteps(wide: PathPattern, narrow: PathPattern): boolean {
  return (
    wide.anyDepth === narrow.anyDepth &&
    wide.steps.length === narrow.steps.length &&
    (wide.below || !narrow.below) &&
    wide.steps.every((step, at) => {
      const other = narrow.steps[at];
      return other !== undefined && step.name === other.name && stepCovers(step, other);
    })
  );
}

let guarded: ReadonlySet<string> | null = null;

/** Names of elements that an allow must name, and of all that stands in them. */
function guardedNames(): ReadonlySet<string> {
  guarded ??= new Set(
    allSpecs().flatMap(({ chain, spec }) => (chain.some((one) => one.mustBeNamed) ? [spec.name] : [])),
  );
  return guarded;
}

function namesWhatMustBeNamed({ steps, leaf }: PathPattern): boolean {
  if (leaf?.type === 'attribute' && leaf.quoted) return true;
  return steps.some(({ name, quoted }) => quoted || (name !== null && guardedNames().has(name)));
}

/**
 * True when the conditions of both rows read the very same element of every change that `narrow` covers. With `**.x.**`
 * there can be several such elements, so there the paths have to be equal. Expects that `wide` covers `narrow`.
 */
export function sameAnchors(wide: Covered, narrow: Covered): boolean {
  if (wide.type !== 'changes' || narrow.type !== 'changes') return true;
  const [a, b] = [wide.pattern, narrow.pattern];
  if (a === b || a.text === b.text) return true;
  if (a.everything || b.everything || a.anyDepth !== b.anyDepth || a.steps.length !== b.steps.length)
    return false;
  return !a.anyDepth || (!a.below && !b.below);
}
