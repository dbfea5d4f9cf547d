// A policy path checked against the element table, and what it covers (rules 12 to 16).
//
// Paths match as structure: a value of a document is never read as a pattern, nor a path printed to be compared.

import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import type { Change, Pair } from '../diff/change.ts';
import { type KeyPattern, type KeyReading, matchesKey, readKey, readKeyParts } from '../network/lookup.ts';
import type { ElementSpec, KeySpec } from '../network/spec.ts';
import { allSpecs, attrSpecOf, childSpecByName, networkSpec } from '../network/table.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Passage } from './passage.ts';
import {
  type KeySyntax,
  type LeafSyntax,
  type NameSyntax,
  type PathSyntax,
  parsePath,
} from './path-syntax.ts';

export type PathPattern = {
  readonly text: string;
  readonly anyDepth: boolean;
  /** From the root down; none for `network` and for `**`. */
  readonly steps: readonly StepPattern[];
  /** Covers what is below the last step too. */
  readonly below: boolean;
  readonly leaf: LeafSyntax | null;
  /** True for `**`: no element is named, so a condition has none to read (rule 17). */
  readonly everything: boolean;
  /** What the table says the last step can be; empty when it is unknown, or foreign, by its quoted name. */
  readonly anchors: readonly ElementSpec[];
};

export type StepPattern = {
  /** Null for `*`. */
  readonly name: string | null;
  readonly quoted: boolean;
  /** Any of these; null for every key. */
  readonly keys: readonly KeyPattern[] | null;
};

/** `**` */
export const everythingPattern: PathPattern = {
  text: '**',
  anyDepth: false,
  steps: [],
  below: true,
  leaf: null,
  everything: true,
  anchors: [],
};

/** The pattern that the text says, or null when it has an error; all its problems are reported. */
export function readPathPattern(passage: Passage, diagnostics: Diagnostic[]): PathPattern | null {
  const syntax = parsePath(passage, diagnostics);
  return syntax === null ? null : resolvePath(syntax, passage.text, diagnostics);
}

function resolvePath(syntax: PathSyntax, text: string, diagnostics: Diagnostic[]): PathPattern | null {
  const { below, leaf, everything } = syntax;
  const [first] = syntax.steps;
  const rooted = !syntax.anyDepth && first?.name.type === 'plain' && first.name.text === 'network';
  if (rooted && first.key !== null) {
    diagnostics.push(
      error('SL624', first.key.span, '`network` is the root: it has no key', {
        help: 'the network column says which networks',
      }),
    );
    return null;
  }
  let at: Place = { specs: syntax.anyDepth ? everySpec() : [networkSpec], unknown: null };
  const steps: StepPattern[] = [];
  for (const step of rooted ? syntax.steps.slice(1) : syntax.steps) {
    const next = resolveName(step.name, at, diagnostics);
    if (next === null) return null;
    at = next;
    const keys = step.key === null ? null : resolveKey(step.key, step.name, at.specs, diagnostics);
    if (keys === undefined) return null;
    steps.push({
      name: step.name.type === 'any' ? null : step.name.text,
      quoted: step.name.type === 'quoted',
      keys,
    });
  }
  if (leaf !== null && !leafFits(leaf, at, below, diagnostics)) return null;
  return {
    text,
    anyDepth: syntax.anyDepth,
    steps,
    below,
    leaf,
    everything,
    anchors: everything ? [] : at.specs,
  };
}

/** Where a path has come to: what the table knows there, or the quoted name of what it does not. */
type Place = { readonly specs: readonly ElementSpec[]; readonly unknown: string | null };

let every: readonly ElementSpec[] | null = null;
function everySpec(): readonly ElementSpec[] {
  every ??= [...new Set(allSpecs().map((place) => place.spec))];
  return every;
}

function resolveName(name: NameSyntax, at: Place, diagnostics: Diagnostic[]): Place | null {
  const fail = (code: 'SL621' | 'SL625', message: string, help: string | null): null => {
    diagnostics.push(error(code, name.span, message, { help }));
    return null;
  };
  if (at.unknown !== null) {
    return fail(
      'SL625',
      `nothing inside \`'${at.unknown}'\` can be named`,
      `an element that the table does not know is one change with all that is in it: end the path at \`'${at.unknown}'\``,
    );
  }
  const opaque = at.specs.every((spec) => spec.content === 'opaque');
  switch (name.type) {
    case 'any': {
      const specs = unique(at.specs.flatMap((spec) => spec.children));
      if (specs.length === 0 && !opaque) {
        return fail(
          'SL621',
          `${namesOf(at.specs)} has no elements in it`,
          'write its attributes with `@`, or an unknown element in quotes',
        );
      }
      return { specs, unknown: null };
    }
    case 'quoted': {
      if (name.text.includes(':') && !name.text.startsWith('{')) {
        return fail(
          'SL625',
          `a quoted name has no prefix`,
          `write the namespace: '{uri}${name.text.slice(name.text.indexOf(':') + 1)}'`,
        );
      }
      if (!opaque && at.specs.every((spec) => childSpecByName(spec, name.text) !== null)) {
        return fail('SL625', `the table knows \`${name.text}\``, 'write it without quotes');
      }
      return { specs: [], unknown: name.text };
    }
    case 'plain': {
      const specs = unique(at.specs.flatMap((spec) => childSpecByName(spec, name.text) ?? []));
      if (specs.length > 0) return { specs, unknown: null };
      return fail(
        'SL621',
        `${namesOf(at.specs)} has no element \`${name.text}\``,
        opaque
          ? `what is in it is foreign: write '{uri}${name.text}' in quotes`
          : helpForElement(name.text, at.specs),
      );
    }
  }
}

function unique<T>(values: readonly T[]): readonly T[] {
  return values.length < 2 ? values : [...new Set(values)];
}

/** `bridge`, or `dhcp` and others: for messages. */
function namesOf(specs: readonly ElementSpec[]): string {
  const names = unique(specs.map((spec) => spec.name));
  if (names.length > 3) return 'no element here';
  return names.map((name) => `\`${name}\``).join(' or ');
}

function helpForElement(name: string, parents: readonly ElementSpec[]): string {
  const holder = parents.find((spec) => attrSpecOf(spec, name) !== null);
  if (holder !== undefined) return `it is an attribute: write \`@${name}\``;
  const near = nearestName(
    name,
    parents.flatMap((spec) => spec.children.map((child) => child.name)),
  );
  if (near !== null) return `did you mean \`${near}\`?`;
  const elsewhere = allSpecs().find((place) => place.spec.name === name) ?? nearestPlace(name);
  if (elsewhere !== undefined) return `did you mean \`${bracketed(elsewhere.chain)}\`?`;
  return `an element that the table does not know is written in quotes: '${name}'`;
}

function nearestPlace(name: string): ReturnType<typeof allSpecs>[number] | undefined {
  const near = nearestName(
    name,
    allSpecs().map((place) => place.spec.name),
  );
  return near === null ? undefined : allSpecs().find((place) => place.spec.name === near);
}

/** `ip[*].dhcp.host[*]` for a chain from the root. */
function bracketed(chain: readonly ElementSpec[]): string {
  return chain
    .slice(1)
    .map((spec) => (spec.key === null ? spec.name : `${spec.name}[*]`))
    .join('.');
}

/** Null for any key; undefined, reported, for a key that no element here can have. */
function resolveKey(
  key: KeySyntax,
  name: NameSyntax,
  specs: readonly ElementSpec[],
  diagnostics: Diagnostic[],
): readonly KeyPattern[] | null | undefined {
  const fail = (at: KeySyntax, message: string, help: string): undefined => {
    diagnostics.push(error('SL624', at.span, message, { help }));
    return undefined;
  };
  const [only] = key.parts;
  const anyKey = key.parts.length === 1 && only?.text === null;
  if (name.type === 'quoted')
    return fail(key, 'an element that the table does not know has no key', 'leave the brackets out');
  if (name.type === 'any')
    return anyKey ? null : fail(key, '`*` with a key fits nothing', 'name the element');
  const keyed = specs.flatMap((spec) => (spec.key === null ? [] : [{ spec, keySpec: spec.key }]));
  if (keyed.length === 0)
    return fail(key, `there is at most one \`${name.text}\`: it has no key`, 'leave the brackets out');
  if (anyKey) return null;

  const found: KeyPattern[] = [];
  const problems: { readonly message: string; readonly help: string }[] = [];
  for (const { spec, keySpec } of keyed) {
    const read = readKeyOf(key, spec, keySpec);
    if (read === null) {
      const form = (keySpec.alternatives[0]?.parts ?? []).map((part) =>
        ('attr' in part ? part.attr : 'text').toUpperCase(),
      );
      problems.push({
        message: `a key of \`${spec.name}\` has ${form.length === 1 ? 'one part' : `${form.length} parts`}`,
        help:
          form.length === 1
            ? 'quote a key with `/` in it'
            : `write [${form.join(keySpec.separator)}], each part a value or \`*\``,
      });
    } else if (read.problem !== null) {
      problems.push({
        message: read.problem,
        help: `write a key that a \`${spec.name}\` can have, or [*] and a condition`,
      });
    } else {
      if (read.pattern.kind !== null && read.pattern.kind !== keySpec.alternatives[0]?.kind)
        reportRareKey(key, spec, keySpec, read.pattern.kind, diagnostics);
      found.push(read.pattern);
    }
  }
  const [problem] = problems;
  if (found.length === 0 && problem !== undefined) return fail(key, problem.message, problem.help);
  return found;
}

/** Null when the key has not the parts that keys of this element have: unlike a script, a policy leaves none out. */
function readKeyOf(key: KeySyntax, spec: ElementSpec, keySpec: KeySpec): KeyReading | null {
  const [only] = key.parts;
  const wanted = keySpec.alternatives[0]?.parts.length;
  // a whole key in quotes is what paths print as: its separators are inside
  if (key.parts.length === 1 && only?.quoted === true && only.text !== null && wanted !== 1) {
    const read = readKey(spec, only.text);
    return read === null || read.pattern.parts.includes(null) ? null : read;
  }
  const parts =
    keySpec.separator === '-' && key.parts.length === 1 && only !== undefined && only.text !== null
      ? only.text.split('-').map((text) => (text === '*' ? null : text))
      : key.parts.map((part) => part.text);
  return parts.length === wanted ? readKeyParts(spec, parts) : null;
}

function reportRareKey(
  key: KeySyntax,
  spec: ElementSpec,
  keySpec: KeySpec,
  kind: string,
  diagnostics: Diagnostic[],
): void {
  const first = keySpec.alternatives[0]?.kind ?? '';
  diagnostics.push(
    warning('SL626', key.span, `this key names only a \`${spec.name}\` without \`${first}\``, {
      help: `to cover every \`${spec.name}\` with that \`${kind}\`, write [*] and a condition on \`${kind}\``,
    }),
  );
}

function leafFits(leaf: LeafSyntax, at: Place, below: boolean, diagnostics: Diagnostic[]): boolean {
  const fail = (code: 'SL622' | 'SL623' | 'SL625', message: string, help: string): false => {
    diagnostics.push(error(code, leaf.span, message, { help }));
    return false;
  };
  if (at.unknown !== null) {
    return fail(
      'SL625',
      `attributes of \`'${at.unknown}'\` cannot be named`,
      'an element that the table does not know is one change with all that is in it',
    );
  }
  const specs = below ? withDescendants(at.specs) : at.specs;
  if (leaf.type === 'text') {
    return (
      specs.some((spec) => spec.text !== null) ||
      fail('SL622', `${namesOf(at.specs)} has no text`, "write `@'text()'` for text where none belongs")
    );
  }
  const known = specs.flatMap((spec) => attrSpecOf(spec, leaf.name) ?? []);
  if (leaf.quoted) {
    return (
      known.length < specs.length ||
      specs.length === 0 ||
      fail('SL625', `the table knows \`${leaf.name}\``, 'write it without quotes')
    );
  }
  if (known.some((attr) => attr.restates === null)) return true;
  const [restating] = known;
  if (restating !== undefined && restating.restates !== null) {
    return fail('SL623', `\`${leaf.name}\` only says again what another says`, restating.restates);
  }
  const near = nearestName(
    leaf.name,
    specs.flatMap((spec) => spec.attrs.filter((attr) => attr.restates === null).map((attr) => attr.name)),
  );
  return fail(
    'SL622',
    `${namesOf(at.specs)} has no attribute \`${leaf.name}\``,
    near === null
      ? `an attribute that the table does not know is written in quotes: @'${leaf.name}'`
      : `did you mean \`@${near}\`?`,
  );
}

function withDescendants(specs: readonly ElementSpec[]): readonly ElementSpec[] {
  const all = new Set(specs);
  for (const spec of all) for (const child of spec.children) all.add(child);
  return [...all];
}

// Matching.

/** A change with the elements on the way to it, the root first: what a pattern is held against. */
export type Located = {
  readonly chain: readonly Pair[];
  readonly kind: Change['kind'];
  readonly leaf: Change['leaf'];
  /** Where in `chain` the outermost element stands that an allow must name; -1 for none. */
  readonly sensitive: number;
};

export function locate(change: Change): Located {
  const chain = chainOf(change.pair);
  return {
    chain,
    kind: change.kind,
    leaf: change.leaf,
    sensitive: chain.findIndex((pair) => pair.spec?.mustBeNamed === true),
  };
}

function chainOf(pair: Pair): readonly Pair[] {
  const chain: Pair[] = [];
  for (let at: Pair | null = pair; at !== null; at = at.parent) chain.push(at);
  return chain.reverse();
}

/** True when the steps of a pattern that begins at any depth end at this element. */
export function pathMatches(pattern: PathPattern, pair: Pair): boolean {
  const chain = chainOf(pair);
  return pattern.steps.length < chain.length && stepsMatch(pattern, chain, chain.length - 1);
}

/** An element that the last step of the pattern matched. */
export type Anchor = {
  readonly pair: Pair;
  /** False when the path covers the change without naming what an allow must name (rule 16). */
  readonly named: boolean;
};

export const NO_ANCHORS: readonly Anchor[] = [];

/** The anchors through which the pattern covers the change; none when it does not. Several only for `**.x.**`. */
export function anchorsOf(pattern: PathPattern, located: Located): readonly Anchor[] {
  if (!leafCovered(pattern.leaf, located)) return NO_ANCHORS;
  const { chain } = located;
  const last = chain.length - 1;
  const length = pattern.steps.length;
  if (!pattern.anyDepth) {
    if (length > last || (length < last && !pattern.below) || !stepsMatch(pattern, chain, length))
      return NO_ANCHORS;
    return [anchorAt(pattern, located, length)];
  }
  const anchors: Anchor[] = [];
  for (let at = pattern.below ? length : Math.max(last, length); at <= last; at++) {
    if (stepsMatch(pattern, chain, at)) anchors.push(anchorAt(pattern, located, at));
  }
  return anchors;
}

function leafCovered(leaf: LeafSyntax | null, located: Located): boolean {
  if (leaf === null) return true;
  const unknown = located.kind === 'unknown';
  if (leaf.type === 'text') return located.leaf.type === 'text' && !unknown;
  if (located.leaf.type === 'text') return unknown && leaf.quoted && leaf.name === 'text()';
  return located.leaf.type === 'attribute' && located.leaf.name === leaf.name && leaf.quoted === unknown;
}

/** True when the steps match the elements up to and with `chain[at]`. */
function stepsMatch(pattern: PathPattern, chain: readonly Pair[], at: number): boolean {
  const { steps } = pattern;
  for (let i = steps.length - 1, c = at; i >= 0; i--, c--) {
    const step = steps[i];
    const pair = chain[c];
    if (step === undefined || pair === undefined || !stepMatches(step, pair)) return false;
  }
  return true;
}

/** True for an element of that name and key. */
export function stepMatches(step: StepPattern, pair: Pair): boolean {
  if (step.name === null) return true;
  if (step.quoted) return pair.spec === null && pair.step?.name === step.name;
  if (pair.spec === null || pair.spec.name !== step.name) return false;
  if (step.keys === null) return true;
  const key = pair.step?.key ?? null;
  if (key === null) return false;
  return step.keys.some((wanted) => matchesKey(wanted, key));
}

function anchorAt(pattern: PathPattern, located: Located, at: number): Anchor {
  const pair = located.chain[at];
  if (pair === undefined) throw new Error('an anchor stands in the chain');
  return { pair, named: isNamed(pattern, located, at) };
}

/** Rule 16: what is unknown, and what can take over the host, is named by a step, not reached by `*`, `**` or "its attributes". */
function isNamed(pattern: PathPattern, located: Located, at: number): boolean {
  if (located.kind === 'unknown') {
    const here = located.leaf.type === 'element';
    const byStep =
      at === located.chain.length - 1 && pattern.steps[pattern.steps.length - 1]?.quoted === true;
    const byLeaf = pattern.leaf?.type === 'attribute' && pattern.leaf.quoted;
    if (here ? !byStep : !byLeaf) return false;
  }
  if (located.sensitive < 0) return true;
  const first = at - pattern.steps.length + 1;
  for (let i = Math.max(0, located.sensitive - first); i < pattern.steps.length; i++) {
    if (pattern.steps[i]?.name !== null) return true;
  }
  return false;
}
