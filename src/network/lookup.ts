// Finding elements by their identity in immutable documents, and reading keys that people write.
//
// The index of a parent is built once and kept with it. A document that is being edited has indexes of its own
// (patch/draft.ts).

import type { XmlElement } from '../xml/document.ts';
import { childrenOf, type SemChild } from './meaning.ts';
import { type Key, keyIdentity, type Step } from './path.ts';
import type { ElementSpec, KeyPart, ValueType } from './spec.ts';
import { attrSpecOf, networkSpec } from './table.ts';
import { canonical, describeType, prefixOfNetmask } from './values.ts';

// Elements.

type ChildIndex = {
  readonly byName: ReadonlyMap<string, readonly XmlElement[]>;
  readonly byIdentity: ReadonlyMap<string, readonly SemChild[]>;
};

const indexes = new WeakMap<XmlElement, { readonly spec: ElementSpec; readonly index: ChildIndex }>();
const NONE: readonly XmlElement[] = [];

function indexOf(spec: ElementSpec, parent: XmlElement): ChildIndex {
  const cached = indexes.get(parent);
  if (cached !== undefined && cached.spec === spec) return cached.index;
  const byName = new Map<string, XmlElement[]>();
  const byIdentity = new Map<string, SemChild[]>();
  for (const child of childrenOf(spec, parent)) {
    const name = stepName(child);
    enter(byName, name, child.element);
    enter(byIdentity, identity(name, child.key), child);
  }
  const index = { byName, byIdentity };
  indexes.set(parent, { spec, index });
  return index;
}

function enter<T>(map: Map<string, T[]>, key: string, value: T): void {
  const group = map.get(key);
  if (group === undefined) map.set(key, [value]);
  else group.push(value);
}

function identity(name: string, key: Key | null): string {
  return key === null ? name : `${name}\u0001${keyIdentity(key)}`;
}

/** The name of a child in a path: the table's, for an unknown one its local name, or `{uri}local` with a namespace. */
export function stepName(child: SemChild): string {
  if (child.spec !== null) return child.spec.name;
  return child.element.ns === '' ? child.element.local : `{${child.element.ns}}${child.element.local}`;
}

/** The children of one name that mean something (childrenOf), in document order. */
export function childrenByName(
  parentSpec: ElementSpec,
  parent: XmlElement,
  child: ElementSpec,
): readonly XmlElement[] {
  return indexOf(parentSpec, parent).byName.get(child.name) ?? NONE;
}

/** The nth (from 1) child of that name with that key; for what there is one of, the key is null. */
export function childByKey(
  parentSpec: ElementSpec,
  parent: XmlElement,
  child: ElementSpec,
  key: Key | null,
  nth: number,
): XmlElement | null {
  return indexOf(parentSpec, parent).byIdentity.get(identity(child.name, key))?.[nth - 1]?.element ?? null;
}

/** An element on the way to another; `spec` is null for what the table does not know. */
export type Place = { readonly spec: ElementSpec | null; readonly element: XmlElement };

/** The elements on a path, the root first; null when there is no such path. */
export function resolveSteps(root: XmlElement, steps: readonly Step[]): readonly Place[] | null {
  let at: Place = { spec: networkSpec, element: root };
  const chain = [at];
  for (const step of steps) {
    if (at.spec === null) return null;
    const found = indexOf(at.spec, at.element).byIdentity.get(identity(step.name, step.key))?.[step.nth - 1];
    if (found === undefined) return null;
    at = { spec: found.spec, element: found.element };
    chain.push(at);
  }
  return chain;
}

// Keys as text.

/** What a written key selects. A null kind or part matches anything, '' an absent part. */
export type KeyPattern = { readonly kind: string | null; readonly parts: readonly (string | null)[] };

/**
 * A key that somebody wrote, read with the table. `problem` says in one sentence why it can never match
 * ("`10.0.0.300` is not an IP address such as `10.0.0.1` or `fd00::1`"); the pattern then has the part as written.
 */
export type KeyReading = { readonly pattern: KeyPattern; readonly problem: string | null };

/**
 * Reads the text between the brackets of a script's path, quotes gone: `52:54:00:3e:77:E2`, `ldap/tcp`, `10.1.0.0/16`.
 * Parts are canonical. Trailing parts left out match anything, an empty part means absent; a separator inside a part has a
 * backslash before it. A dhcp host is read by the form of the text: as mac, else with colons as
 * id, else as name. Null for an element that has no key.
 */
export function readKey(spec: ElementSpec, text: string): KeyReading | null {
  if (spec.key === null) return null;
  const [first] = spec.key.alternatives;
  const several = first !== undefined && first.parts.length > 1;
  return readKeyParts(spec, several ? splitKey(text, spec.key.separator, first.kind) : [text]);
}

/** The same from parts that are already apart; null stands for anything (`*` in a policy). */
export function readKeyParts(spec: ElementSpec, written: readonly (string | null)[]): KeyReading | null {
  if (spec.key === null) return null;
  if (written.every((part) => part === null)) return { pattern: { kind: null, parts: [] }, problem: null };
  const alternative = chooseAlternative(spec, spec.key.alternatives, written[0] ?? '');
  if (alternative === undefined) return null;
  let problem: string | null = null;
  if (written.length > alternative.parts.length) {
    problem = `the key of \`${spec.name}\` has ${alternative.parts.length === 1 ? 'one part' : `at most ${alternative.parts.length} parts`}`;
  }
  const parts = alternative.parts.map((part, at) => {
    // a part that was left out, like `*`, is open
    const raw = written[at];
    if (raw === undefined || raw === null) return null;
    const type = typeOf(spec, part);
    if (raw === '') return 'attr' in part ? (attrSpecOf(spec, part.attr)?.default ?? '') : '';
    const value = canonical(type, raw) ?? prefixFromNetmask(part, raw);
    if (value === null) problem ??= `\`${raw}\` is not ${describeType(type)}`;
    return value ?? raw;
  });
  return { pattern: { kind: alternative.kind, parts }, problem };
}

type Alternative = { readonly kind: string; readonly parts: readonly KeyPart[] };

function chooseAlternative(
  spec: ElementSpec,
  alternatives: readonly Alternative[],
  text: string,
): Alternative | undefined {
  const last = alternatives.at(-1);
  if (alternatives.length === 1) return last;
  return (
    alternatives.find((alternative) => {
      const [part] = alternative.parts;
      if (part === undefined) return false;
      const type = typeOf(spec, part);
      // a DUID of one byte group could be a name; nobody has such a DUID
      return (type.kind !== 'duid' || text.includes(':')) && canonical(type, text) !== null;
    }) ?? last
  );
}

const ANY_TEXT: ValueType = { kind: 'text' };

function typeOf(spec: ElementSpec, part: KeyPart): ValueType {
  return ('attr' in part ? attrSpecOf(spec, part.attr)?.type : spec.text) ?? ANY_TEXT;
}

/** `route[10.1.0.0/255.255.0.0]` is `route[10.1.0.0/16]`. */
function prefixFromNetmask(part: KeyPart, raw: string): string | null {
  const prefix = 'attr' in part && part.attr === 'prefix' ? prefixOfNetmask(raw) : null;
  return prefix === null ? null : String(prefix);
}

/** The parts of a key, split where path.ts joins them; a PCI address also as lspci writes it, `0000:03:00.1`. */
function splitKey(text: string, separator: '/' | '-', kind: string): readonly string[] {
  const pci = kind === 'pci' ? /^([0-9a-f]{4}):([0-9a-f]{2}):([0-9a-f]{2})\.([0-7])$/i.exec(text) : null;
  if (pci !== null) return pci.slice(1).map((digits) => `0x${digits}`);
  const parts: string[] = [];
  let part = '';
  for (let i = 0; i < text.length; i++) {
    const char = text.charAt(i);
    const next = text.charAt(i + 1);
    if (char === '\\' && (next === '\\' || next === separator)) {
      part += next;
      i++;
    } else if (char === separator) {
      parts.push(part);
      part = '';
    } else {
      part += char;
    }
  }
  return [...parts, part];
}

/** True when the pattern selects what has that key. Nothing in the key is read as a pattern. */
export function matchesKey(pattern: KeyPattern, key: Key): boolean {
  return (
    (pattern.kind === null || pattern.kind === key.kind) &&
    pattern.parts.every((part, at) => part === null || part === key.parts[at])
  );
}

/** The one key that the pattern selects; null when it leaves a part open. */
export function exactKey(pattern: KeyPattern): Key | null {
  if (pattern.kind === null) return null;
  const parts: string[] = [];
  for (const part of pattern.parts) {
    if (part === null) return null;
    parts.push(part);
  }
  return { kind: pattern.kind, parts };
}
