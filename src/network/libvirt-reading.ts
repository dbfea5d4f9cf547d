// How libvirt's parser finds things in XML: which namespaces it looks at, when an empty value counts as none, and which
// of several copies of a single element it takes. libvirt-print.ts and the rules read a document through this.
//
// Two habits of network_conf.c: XPath (`string(./bridge[1]/@name)`) sees names without namespace only and takes an empty
// string for nothing; libxml2's property functions (virXMLPropString, virXMLNodeGetSubelement) ignore namespaces and
// take an empty string as it is.

import { XMLNS, type XmlAttr, type XmlElement } from '../xml/document.ts';
import { readUint, readWrappingUint, UINT64 } from './c-forms.ts';
import type { AttrSpec } from './spec.ts';

/** The attribute that `string(./@name)` finds; undefined when it is empty too. */
export function xpathAttr(element: XmlElement, name: string): XmlAttr | undefined {
  for (const attr of element.attrs) if (attr.name === name) return attr.value === '' ? undefined : attr;
  return undefined;
}

/** The attribute that virXMLPropString finds, in whatever namespace; it may be empty. */
export function propertyAttr(element: XmlElement, name: string): XmlAttr | undefined {
  for (const attr of element.attrs) if (attr.local === name && attr.ns !== XMLNS) return attr;
  return undefined;
}

/** Child elements that the XPath `./local` finds. */
export function xpathChildren(element: XmlElement, local: string, ns = ''): readonly XmlElement[] {
  const found: XmlElement[] = [];
  for (const child of element.children) {
    if (child.type === 'element' && child.local === local && child.ns === ns) found.push(child);
  }
  return found;
}

/** Child elements of that local name, in whatever namespace. */
export function namedChildren(element: XmlElement, local: string): readonly XmlElement[] {
  const found: XmlElement[] = [];
  for (const child of element.children)
    if (child.type === 'element' && child.local === local) found.push(child);
  return found;
}

/** True when there is a child element of one of the local names, in whatever namespace. */
export function hasChildNamed(element: XmlElement, ...locals: readonly string[]): boolean {
  return element.children.some((child) => child.type === 'element' && locals.includes(child.local));
}

/** XPath's string value: the text of the element and of everything in it. */
export function stringValue(element: XmlElement): string {
  let text = '';
  for (const child of element.children) {
    if (child.type === 'text') text += child.value;
    else if (child.type === 'element') text += stringValue(child);
  }
  return text;
}

/**
 * Attributes that libvirt reads by XPath, by the path of their element in the table; the others it reads as properties.
 * `''` is the network itself.
 */
const BY_XPATH: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    '': ['ipv6'],
    forward: ['mode', 'managed', 'dev'],
    'forward.driver': ['name'],
    'forward.nat.port': ['start', 'end'],
    bridge: ['name', 'zone', 'stp', 'delay', 'macTableManager'],
    mtu: ['size'],
    mac: ['address'],
    ip: ['family', 'address', 'netmask'],
    'ip.tftp': ['root'],
    'dns.srv': ['port', 'priority', 'weight'],
    vlan: ['trunk'],
    portgroup: ['name', 'default'],
    'portgroup.vlan': ['trunk'],
  }).map(([path, names]) => [path, new Set(names)]),
);

/** True for an attribute of which libvirt takes an empty value for none, and no other namespace. */
export function isReadByXpath(path: string, name: string): boolean {
  return BY_XPATH.get(path)?.has(name) ?? false;
}

/** The attribute of an element at `path` in the table, as libvirt finds it. */
export function libvirtAttr(path: string, element: XmlElement, name: string): XmlAttr | undefined {
  return isReadByXpath(path, name) ? xpathAttr(element, name) : propertyAttr(element, name);
}

/** Read with virStrToLong_ui, for which -1 is the largest number. */
const WRAPPING: ReadonlySet<string> = new Set(['size', 'managerid', 'typeid', 'typeidversion']);

/** The number that libvirt reads from a value of an attribute of kind `uint`; null when it reads none. */
export function libvirtNumber(attr: AttrSpec, value: string): bigint | null {
  const base = attr.type.kind === 'uint' && attr.type.base0 ? 0 : 10;
  return WRAPPING.has(attr.name) ? readWrappingUint(value, base) : readUint(value, UINT64, base);
}

/** Elements that libvirt finds by local name in whatever namespace; the others it finds by XPath. */
const BY_LOCAL_NAME: ReadonlySet<string> = new Set([
  'ip.dhcp.range',
  'ip.dhcp.range.lease',
  'ip.dhcp.host',
  'ip.dhcp.host.lease',
  'ip.dhcp.bootp',
  'dns.host.hostname',
  'virtualport.parameters',
  'portgroup.virtualport.parameters',
  'bandwidth.inbound',
  'bandwidth.outbound',
  'portgroup.bandwidth.inbound',
  'portgroup.bandwidth.outbound',
]);

export function foundByLocalName(path: string): boolean {
  return BY_LOCAL_NAME.has(path);
}

/** The children at `path` in the table that libvirt looks at, surplus copies of single elements among them. */
export function libvirtChildren(
  path: string,
  parent: XmlElement,
  local: string,
  ns: string,
): readonly XmlElement[] {
  return BY_LOCAL_NAME.has(path) ? namedChildren(parent, local) : xpathChildren(parent, local, ns);
}

/** The one that counts among copies of what there is one of; libvirt reads the first of most, and these: */
export function keptCopy(path: string, copies: readonly XmlElement[]): XmlElement | undefined {
  switch (path) {
    // virNetworkDHCPDefParseXML and its like walk all children and let each overwrite the one before, if it says anything
    case 'ip.dhcp.bootp':
      return copies.findLast((copy) => propertyAttr(copy, 'file') !== undefined);
    case 'ip.dhcp.range.lease':
    case 'ip.dhcp.host.lease':
      return copies.findLast((copy) => propertyAttr(copy, 'expiry') !== undefined);
    default:
      return copies[0];
  }
}
