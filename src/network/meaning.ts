// What an element means to libvirt: its key, its effective attributes and text, its children that count.
//
// Rules 1, 2 and 5 of docs/changes.md. Nothing here judges: a value that is not of its type stays as it is written,
// so that two spellings of nonsense are two values, and rules.ts can point at it.

import {
  attrOf,
  isWhiteSpace,
  makeAttr,
  makeElement,
  textOf,
  XMLNS,
  type XmlAttr,
  type XmlElement,
} from '../xml/document.ts';
import type { Key } from './path.ts';
import type { AttrSpec, ElementSpec, KeyPart } from './spec.ts';
import { attrSpecOf, childSpec, specAt } from './table.ts';
import { asMeant, parseIp, prefixOfNetmask } from './values.ts';

/** A value as libvirt means it, and as it was written; `written: null` when it comes from a default. */
export type EffectiveValue = { readonly value: string; readonly written: string | null };

export type Meaning = {
  /** By name: every known attribute that has a value, defaults among them, restating ones folded into what they restate. */
  readonly attrs: ReadonlyMap<string, EffectiveValue>;
  /**
   * Attributes that the children settle, so that they do not exist for changes: `trunk` with several tags is `yes`,
   * whatever is written. Compare another document's value with this one; conditions may read it.
   */
  readonly implied: ReadonlyMap<string, string>;
  /** Null when elements of this kind have none. */
  readonly text: EffectiveValue | null;
  /** Attributes that the table does not know, in order of writing. `xmlns` declarations are none. */
  readonly unknownAttrs: readonly XmlAttr[];
  /** Character data where none belongs, without the white space around it; null when there is none. */
  readonly strayText: string | null;
};

/** A child that means something, and where it belongs. */
export type SemChild = {
  /** Null for what the table does not know, and for a child of `metadata`. */
  readonly spec: ElementSpec | null;
  readonly element: XmlElement;
  /** Null for what there is one of, for the unknown, and for an element that lacks every part of its key. */
  readonly key: Key | null;
  /** A second copy of what there is one of: libvirt reads only the first. */
  readonly surplus: boolean;
};

// The specs that need more than the table can say.

const FORWARD = known('forward');
const FORWARD_INTERFACE = known('forward', 'interface');
const IP = known('ip');
const ROUTE = known('route');
const LEASE = known('ip', 'dhcp', 'host', 'lease');
const VLAN = known('vlan');
const TAG = known('vlan', 'tag');

function known(...names: readonly string[]): ElementSpec {
  const spec = specAt(names);
  if (spec === null) throw new Error(`the element table has no ${names.join('.')}`);
  return spec;
}

/** The element's key with its kind, parts canonical, an absent part ''; null when it has no key or lacks every part of it. */
export function keyOf(spec: ElementSpec, element: XmlElement): Key | null {
  if (spec.key === null) return null;
  for (const { kind, parts } of spec.key.alternatives) {
    const [only] = parts;
    if (parts.length === 1 && only !== undefined) {
      const value = keyPart(spec, element, only);
      if (value !== '') return { kind, parts: [value] };
      continue;
    }
    let present = false;
    const values = parts.map((part) => {
      const value = keyPart(spec, element, part);
      if ('attr' in part && (attrOf(element, part.attr)?.value ?? '') !== '') present = true;
      return value;
    });
    if (present) return { kind, parts: values };
  }
  return null;
}

function keyPart(spec: ElementSpec, element: XmlElement, part: KeyPart): string {
  if ('text' in part) {
    const text = textOf(element);
    return spec.text === null ? text : asMeant(spec.text, text);
  }
  const attr = attrSpecOf(spec, part.attr);
  if (attr === null) return '';
  const value = attr.restates === null ? (effectiveValue(spec, element, attr) ?? '') : '';
  return value === '' ? (attr.default ?? '') : value;
}

/**
 * The value of one attribute as libvirt means it; null when it is absent without a default, only restates another,
 * or is not in the table. For reading one attribute of many elements; `meaningOf` gives all of one.
 */
export function effectiveAttr(spec: ElementSpec, element: XmlElement, name: string): EffectiveValue | null {
  const attr = attrSpecOf(spec, name);
  return attr === null || attr.restates !== null ? null : effective(spec, element, attr);
}

function effective(spec: ElementSpec, element: XmlElement, attr: AttrSpec): EffectiveValue | null {
  const written = attrOf(element, attr.name)?.value;
  if (attr.name === 'prefix' && (spec === IP || spec === ROUTE))
    return effectivePrefix(spec, element, attr, written);
  if (written === undefined) return attr.default === null ? null : { value: attr.default, written: null };
  const value = asMeant(attr.type, written);
  return { value: spec === LEASE && attr.name === 'expiry' ? inSeconds(element, value) : value, written };
}

/** The value alone; for most attributes without making anything. */
function effectiveValue(spec: ElementSpec, element: XmlElement, attr: AttrSpec): string | null {
  if (attr.name === 'prefix' || attr.name === 'expiry') return effective(spec, element, attr)?.value ?? null;
  const written = attrOf(element, attr.name)?.value;
  return written === undefined ? attr.default : asMeant(attr.type, written);
}

/**
 * The length of the network's prefix: `prefix`, else `netmask`, else by the class of the address (virSocketAddrGetIPPrefix). A `prefix='0'` on an ip counts as
 * none there; on a route it is a prefix.
 */
function effectivePrefix(
  spec: ElementSpec,
  element: XmlElement,
  attr: AttrSpec,
  written: string | undefined,
): EffectiveValue | null {
  if (written !== undefined) {
    const value = asMeant(attr.type, written);
    if (value !== '0' || spec === ROUTE) return { value, written };
  }
  const netmask = attrOf(element, 'netmask')?.value;
  if (netmask !== undefined) {
    const prefix = prefixOfNetmask(netmask);
    return { value: prefix === null ? netmask : String(prefix), written: netmask };
  }
  const address = attrOf(element, 'address')?.value;
  const guess = address === undefined ? null : prefixByClass(address);
  return guess === null ? null : { value: String(guess), written: null };
}

function prefixByClass(text: string): number | null {
  const address = parseIp(text);
  if (address === null) return null;
  if (address.every((part) => part === 0)) return 0;
  if (address.length !== 4) return 64;
  const first = address[0] ?? 0;
  if (first < 128) return 8;
  if (first < 192) return 16;
  return first < 224 ? 24 : null;
}

const SECONDS_IN = new Map([
  ['seconds', 1n],
  ['minutes', 60n],
  ['hours', 3600n],
]);

/** A canonical expiry in its unit, as seconds. What is no number, or in a unit that libvirt does not know, stays as written. */
function inSeconds(lease: XmlElement, expiry: string): string {
  const unit = attrOf(lease, 'unit')?.value ?? 'minutes';
  const seconds = SECONDS_IN.get(unit);
  if (seconds === undefined) return `${expiry} ${unit}`;
  return /^[0-9]{1,20}$/.test(expiry) ? String(BigInt(expiry) * seconds) : expiry;
}

const NO_ATTRS: ReadonlyMap<string, EffectiveValue> = new Map();
const NOTHING_IMPLIED: ReadonlyMap<string, string> = new Map();
const TRUNK_IMPLIED: ReadonlyMap<string, string> = new Map([['trunk', 'yes']]);
const NO_XML_ATTRS: readonly XmlAttr[] = [];

/** Everything the element itself means; its children are asked by themselves. */
export function meaningOf(spec: ElementSpec, element: XmlElement): Meaning {
  const implied = impliedOf(spec, element);
  let attrs = NO_ATTRS;
  if (spec.attrs.length > 0) {
    const values = new Map<string, EffectiveValue>();
    for (const attr of spec.attrs) {
      if (attr.restates !== null || implied.has(attr.name)) continue;
      const value = effective(spec, element, attr);
      if (value !== null) values.set(attr.name, value);
    }
    attrs = values;
  }
  return {
    attrs,
    implied,
    text: effectiveText(spec, element),
    unknownAttrs: unknownAttrsOf(spec, element),
    strayText: strayTextOf(spec, element),
  };
}

/** The element's text as libvirt means it; null when elements of this kind have none. */
export function effectiveText(spec: ElementSpec, element: XmlElement): EffectiveValue | null {
  if (spec.text === null) return null;
  const written = textOf(element);
  return { value: asMeant(spec.text, written), written };
}

function impliedOf(spec: ElementSpec, element: XmlElement): ReadonlyMap<string, string> {
  if (spec !== VLAN) return NOTHING_IMPLIED;
  let tags = 0;
  for (const child of element.children) {
    if (child.type === 'element' && childSpec(spec, child.local, child.ns) === TAG) tags++;
  }
  return tags > 1 ? TRUNK_IMPLIED : NOTHING_IMPLIED;
}

function unknownAttrsOf(spec: ElementSpec, element: XmlElement): readonly XmlAttr[] {
  let unknown: XmlAttr[] | null = null;
  for (const attr of element.attrs) {
    if (!isKnown(spec, attr) && attr.ns !== XMLNS) {
      unknown ??= [];
      unknown.push(attr);
    }
  }
  return unknown ?? NO_XML_ATTRS;
}

function isKnown(spec: ElementSpec, attr: XmlAttr): boolean {
  return attr.ns === '' && attrSpecOf(spec, attr.local) !== null;
}

function strayTextOf(spec: ElementSpec, element: XmlElement): string | null {
  if (spec.text !== null || element.children.length === 0) return null;
  let stray: string | null = null;
  // between 65,000 hosts stand as many equal line ends
  let blank = '';
  const { children } = element;
  for (let i = 0; i < children.length; i++) {
    const child = children[i]!; // i is within
    if (child.type !== 'text' || child.value === blank) continue;
    if (isWhiteSpace(child.value)) blank = child.value;
    else stray = (stray ?? '') + child.value;
  }
  return stray === null ? null : stray.trim();
}

const NO_CHILDREN: readonly SemChild[] = [];
const childrenCache = new WeakMap<
  XmlElement,
  { readonly spec: ElementSpec; readonly children: readonly SemChild[] }
>();

/**
 * The children that mean something, in document order. Left out: white space, comments, and elements that mean the same as
 * their absence. `forward@dev` without an `interface` element gives one, made up, and always the same object for the same
 * forward element.
 */
export function childrenOf(spec: ElementSpec, element: XmlElement): readonly SemChild[] {
  return childrenLike(spec, element, null);
}

/**
 * The same; `known` gives for the index of a node in `element.children` what was found of that very node in another version
 * of the element, or null. Elements of which there are many need not be looked at again then.
 */
export function childrenLike(
  spec: ElementSpec,
  element: XmlElement,
  known: ((at: number) => SemChild | null) | null,
): readonly SemChild[] {
  if (element.children.length === 0 && spec !== FORWARD) return NO_CHILDREN;
  const cached = childrenCache.get(element);
  if (cached !== undefined && cached.spec === spec) return cached.children;
  const children = findChildren(spec, element, known);
  childrenCache.set(element, { spec, children });
  return children;
}

function findChildren(
  spec: ElementSpec,
  element: XmlElement,
  known: ((at: number) => SemChild | null) | null,
): readonly SemChild[] {
  const found: SemChild[] = [];
  const seen = new Set<ElementSpec>();
  let many: ElementSpec | null = null;
  for (let at = 0; at < element.children.length; at++) {
    const child = element.children[at]!; // at is within
    if (child.type !== 'element') continue;
    const own = spec.content === 'opaque' ? null : childSpec(spec, child.local, child.ns);
    if (own === null) {
      found.push({ spec: null, element: child, key: null, surplus: false });
    } else if (own.cardinality === 'many') {
      found.push(known?.(at) ?? { spec: own, element: child, key: keyOf(own, child), surplus: false });
      if (own !== many) seen.add(own);
      many = own;
    } else {
      if (!isAbsentEquivalent(own, child))
        found.push({ spec: own, element: child, key: null, surplus: seen.has(own) });
      seen.add(own);
    }
  }
  const dev = spec === FORWARD && !seen.has(FORWARD_INTERFACE) ? attrOf(element, 'dev')?.value : undefined;
  if (dev !== undefined && dev !== '') {
    const made = makeElement({ name: 'interface', local: 'interface', ns: '' }, [makeAttr('dev', dev)], []);
    found.push({
      spec: FORWARD_INTERFACE,
      element: made,
      key: keyOf(FORWARD_INTERFACE, made),
      surplus: false,
    });
  }
  return found.length === 0 ? NO_CHILDREN : found;
}

/**
 * True when libvirt takes the element as if it were not there: nothing but defaults in it, no text, no child that means
 * something, and nothing unknown. For `forward` the absence is `mode='none'`, not its default.
 */
export function isAbsentEquivalent(spec: ElementSpec, element: XmlElement): boolean {
  if (spec !== FORWARD && !spec.absentWhenEmpty) return false;
  for (const attr of element.attrs) {
    if (attr.ns === XMLNS) continue;
    const own = attr.ns === '' ? attrSpecOf(spec, attr.local) : null;
    if (own === null) return false;
    if (own.restates !== null) continue;
    const absent = spec === FORWARD && own.name === 'mode' ? 'none' : own.default;
    if (asMeant(own.type, attr.value) !== absent) return false;
  }
  if (spec === FORWARD && attrOf(element, 'mode') === undefined) return false;
  if (spec.text !== null && textOf(element) !== '') return false;
  return !hasMeaning(spec, element) && strayTextOf(spec, element) === null;
}

/** Whether childrenOf would find any. Most often the first element settles it. */
function hasMeaning(spec: ElementSpec, element: XmlElement): boolean {
  if (spec === FORWARD) return childrenOf(spec, element).length > 0;
  return element.children.some((child) => {
    if (child.type !== 'element') return false;
    const own = spec.content === 'opaque' ? null : childSpec(spec, child.local, child.ns);
    return own === null || own.cardinality === 'many' || !isAbsentEquivalent(own, child);
  });
}
