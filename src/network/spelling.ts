// How a change of meaning is spelled in XML: which attributes carry it, in which order, in the style that is there already.

import {
  isBlank,
  makeElement,
  makeText,
  remadeAttr,
  XMLNS,
  type XmlAttr,
  type XmlElement,
  type XmlNode,
} from '../xml/document.ts';
import { childrenOf, meaningOf } from './meaning.ts';
import type { ElementSpec } from './spec.ts';
import { formatIp, lastAddress } from './values.ts';

/** One attribute to write (or, with null, to take away) so that an element means what it should. */
export type AttributeWrite = {
  readonly name: string;
  readonly local: string;
  readonly ns: string;
  readonly value: string | null;
};

/**
 * What to write on the base's element so that its effective attribute `name` becomes that of `result`.
 * A prefix stays a netmask where the base writes netmasks; a lease's number and unit go together.
 */
export function attributeStyle(
  spec: ElementSpec | null,
  name: string,
  base: XmlElement,
  result: XmlElement,
): readonly AttributeWrite[] {
  const known = spec?.attrs.some((attr) => attr.name === name) ?? false;
  if (!known) return [copied(result, name)];
  switch (name) {
    case 'prefix': {
      const prefix = spec === null ? undefined : meaningOf(spec, result).attrs.get('prefix');
      const netmask = prefix === undefined ? null : netmaskOf(prefix.value);
      if (attrNamed(base, 'netmask') !== undefined && prefix?.written != null && netmask !== null) {
        return [plain('netmask', netmask), plain('prefix', null)];
      }
      return [copied(result, 'netmask'), copied(result, 'prefix')];
    }
    case 'expiry':
      return [copied(result, 'expiry'), copied(result, 'unit')];
    default:
      return [copied(result, name)];
  }
}

/** `24` → `255.255.255.0`; null for what is no IPv4 prefix. */
function netmaskOf(prefix: string): string | null {
  const bits = Number(prefix);
  // a netmask that is none stands in the prefix's place as it is written, and `Number` takes blanks for 0
  if (!/^[0-9]+$/.test(prefix) || bits > 32) return null;
  // the mask is the last address of 0.0.0.0/(32 - bits), turned around: ones where that has zeros
  return formatIp(lastAddress([0, 0, 0, 0], bits).map((byte) => 255 - byte));
}

function plain(name: string, value: string | null): AttributeWrite {
  return { name, local: name, ns: '', value };
}

/** The attribute as the element has it; `name` may be `{uri}local`. */
function copied(element: XmlElement, name: string): AttributeWrite {
  const attr = attrNamed(element, name);
  if (attr !== undefined) return { name: attr.name, local: attr.local, ns: attr.ns, value: attr.value };
  const close = name.startsWith('{') ? name.indexOf('}') : -1;
  return close === -1
    ? plain(name, null)
    : { name: name.slice(close + 1), local: name.slice(close + 1), ns: name.slice(1, close), value: null };
}

function attrNamed(element: XmlElement, name: string): XmlAttr | undefined {
  return element.attrs.find((attr) => (attr.ns === '' ? attr.local : `{${attr.ns}}${attr.local}`) === name);
}

/**
 * A new element that says what this one means: known attributes and children in libvirt's order, unknown ones behind
 * them, comments and layout gone (rule 4). Unknown elements (`spec` null) are copied with all that is in them.
 */
export function cleanCopy(spec: ElementSpec | null, element: XmlElement): XmlElement {
  if (spec === null) return plainCopy(element);
  const { order, place } = ordersOf(spec);
  const rank = (attr: XmlAttr) =>
    attr.ns === XMLNS ? -1 : attr.ns === '' ? (order.get(attr.local) ?? order.size) : order.size;
  const attrs = element.attrs.map(madeAttr).sort((a, b) => rank(a) - rank(b));
  const inside = childrenOf(spec, element);
  const children: XmlNode[] =
    inside.length === 0
      ? []
      : inside
          .map((child) => ({
            rank: child.spec === null ? place.size : (place.get(child.spec.name) ?? place.size),
            copy: cleanCopy(child.spec, child.element),
          }))
          .sort((a, b) => a.rank - b.rank)
          .map((child) => child.copy);
  const meaning = meaningOf(spec, element);
  const text = meaning.text?.written ?? meaning.strayText;
  if (text !== null && text !== undefined) children.unshift(makeText(text));
  return makeElement(element, attrs, children);
}

type Orders = { readonly order: ReadonlyMap<string, number>; readonly place: ReadonlyMap<string, number> };
const orders = new WeakMap<ElementSpec, Orders>();

/** The table's order of the attributes and of the children. */
function ordersOf(spec: ElementSpec): Orders {
  let known = orders.get(spec);
  if (known === undefined) {
    known = {
      order: new Map(spec.attrs.map((attr, index) => [attr.name, index])),
      place: new Map(spec.children.map((child, index) => [child.name, index])),
    };
    orders.set(spec, known);
  }
  return known;
}

function plainCopy(element: XmlElement): XmlElement {
  const hasElements = element.children.some((child) => child.type === 'element');
  const children: XmlNode[] = [];
  for (const child of element.children) {
    if (child.type === 'element') children.push(plainCopy(child));
    else if (child.type === 'text' && !(hasElements && isBlank(child))) children.push(makeText(child.value));
  }
  return makeElement(element, element.attrs.map(madeAttr), children);
}

function madeAttr(attr: XmlAttr): XmlAttr {
  return remadeAttr(attr, attr.origin);
}

/** Prefixes (`''` for the default namespace) that the element's tree uses but does not declare, with their URIs. */
export function undeclaredPrefixes(element: XmlElement): Map<string, string> {
  const missing = new Map<string, string>();
  if (isPlain(element)) return missing;
  const visit = (at: XmlElement, declared: ReadonlyMap<string, string>) => {
    const inner = new Map(declared);
    for (const attr of at.attrs)
      if (attr.ns === XMLNS) inner.set(attr.name === 'xmlns' ? '' : attr.local, attr.value);
    const use = (name: string, ns: string) => {
      const colon = name.indexOf(':');
      const prefix = colon === -1 ? '' : name.slice(0, colon);
      if (ns !== '' && prefix !== 'xml' && inner.get(prefix) !== ns) missing.set(prefix, ns);
    };
    use(at.name, at.ns);
    for (const attr of at.attrs) if (attr.ns !== XMLNS && attr.ns !== '') use(attr.name, attr.ns);
    for (const child of at.children) if (child.type === 'element') visit(child, inner);
  };
  visit(element, new Map());
  return missing;
}

/** Nothing in a namespace, and nothing inside: most of what is added. */
function isPlain(element: XmlElement): boolean {
  return element.children.length === 0 && element.ns === '' && element.attrs.every((attr) => attr.ns === '');
}
