// A policy path checked against the element table (rules 12 to 16). What it covers is path-match.ts's business.

import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import { type KeyPattern, type KeyReading, readKey, readKeyParts } from '../network/lookup.ts';
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
  return readPathAndShape(passage, diagnostics)?.pattern ?? null;
}

/** The same, and what paths that differ from it in keys alone have in common with it; null where there is nothing to differ in. */
export function readPathAndShape(
  passage: Passage,
  diagnostics: Diagnostic[],
): { readonly pattern: PathPattern; readonly shape: PathShape | null } | null {
  const before = diagnostics.length;
  const syntax = parsePath(passage, diagnostics);
  if (syntax === null) return null;
  const keyed: KeyedStep[] = [];
  const pattern = resolvePath(syntax, passage.text, keyed, diagnostics);
  if (pattern === null) return null;
  // a warning names its place, which another path has elsewhere
  return { pattern, shape: diagnostics.length > before ? null : shapeOf(passage, pattern, keyed) };
}

/** Paths that are the same but for literal keys: thousands of rows may each name one host. */
export type PathShape = {
  readonly pattern: PathPattern;
  /** The text before each key, and behind the last. */
  readonly pieces: readonly string[];
  readonly keyed: readonly KeyedStep[];
};

/** A step with a key that is written without quotes and has one part. */
type KeyedStep = {
  /** Its number among the steps of the pattern. */
  readonly at: number;
  readonly name: NameSyntax;
  readonly specs: readonly ElementSpec[];
  readonly key: KeySyntax;
};

/** Keys of which the syntax has nothing to say. */
const PLAIN_KEY = /[A-Za-z0-9:._-]+/y;

function shapeOf({ text, at }: Passage, pattern: PathPattern, keyed: readonly KeyedStep[]): PathShape | null {
  const origin = at(0, 0).start;
  const pieces: string[] = [];
  let behind = 0;
  for (const { key } of keyed) {
    const start = key.span.start - origin + 1;
    const written = plainKeyAt(text, start);
    // a doubled quote of the CSV moves what stands behind it
    if (written === '' || written !== key.parts[0]?.text) return null;
    pieces.push(text.slice(behind, start));
    behind = start + written.length;
  }
  return keyed.length === 0 ? null : { pattern, pieces: [...pieces, text.slice(behind)], keyed };
}

function plainKeyAt(text: string, at: number): string {
  PLAIN_KEY.lastIndex = at;
  return PLAIN_KEY.exec(text)?.[0] ?? '';
}

/** The pattern when the text is of this shape and there is nothing to say about it. */
export function patternOfShape({ pattern, pieces, keyed }: PathShape, text: string): PathPattern | null {
  const steps = [...pattern.steps];
  let at = 0;
  for (let i = 0; i < keyed.length; i++) {
    const [piece, step] = [pieces[i] ?? '', keyed[i]];
    if (step === undefined || !text.startsWith(piece, at)) return null;
    const key = plainKeyAt(text, at + piece.length);
    const known = steps[step.at];
    if (key === '' || known === undefined) return null;
    const { span } = step.key;
    const found: Diagnostic[] = [];
    const keys = resolveKey(
      { parts: [{ text: key, quoted: false, span }], span },
      step.name,
      step.specs,
      found,
    );
    if (keys === undefined || found.length > 0) return null;
    steps[step.at] = { name: known.name, quoted: known.quoted, keys };
    at += piece.length + key.length;
  }
  const last = pieces[keyed.length] ?? '';
  if (at + last.length !== text.length || !text.startsWith(last, at)) return null;
  return { ...pattern, text, steps };
}

function resolvePath(
  syntax: PathSyntax,
  text: string,
  keyed: KeyedStep[],
  diagnostics: Diagnostic[],
): PathPattern | null {
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
    const [part, ...others] = step.key?.parts ?? [];
    if (step.key !== null && part !== undefined && others.length === 0 && !part.quoted && part.text !== null)
      keyed.push({ at: steps.length, name: step.name, specs: at.specs, key: step.key });
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
  const same = allSpecs().filter((place) => place.spec.name === name);
  if (same.length > 1) {
    const places = same.slice(0, 3).map(({ chain }) => `\`${bracketed(chain)}\``);
    return `it stands elsewhere: ${places.join(', ')}${same.length > 3 ? ' and others' : ''}`;
  }
  const elsewhere = same[0] ?? nearestPlace(name);
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
        help: `write a key that \`${spec.name}\` can have, or [*] and a condition`,
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
