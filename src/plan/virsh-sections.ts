// The sections that `virsh net-update` knows, and how libvirt finds the element that a command means. It compares loosely
// (a dhcp host by mac or name or ip), and takes the first or refuses: a command is only good when that is foreseen.
//
// Source: libvirt 9.0.0, conf/network_conf.c, virNetworkDefUpdate*.

import { effectiveAttr, effectiveText, keyOf } from '../network/meaning.ts';
import type { Key } from '../network/path.ts';
import type { ElementSpec } from '../network/spec.ts';
import { attrSpecOf, childSpec, specAt } from '../network/table.ts';
import { canonical } from '../network/values.ts';
import { elementsOf, makeElement, type XmlElement } from '../xml/document.ts';

/** One of the elements that libvirt holds in a list, and its rank there: a smaller one stands before. */
export type Entry = { readonly element: XmlElement; readonly rank: number };

/** What libvirt holds in one list by now. */
export type Held = {
  /** A set only where several share one, which is rare among 65,000. */
  readonly byMark: Map<string, Entry | Set<Entry>>;
  size: number;
  lowest: number;
  highest: number;
};

export type Section = {
  /** As virsh calls it. */
  readonly name: string;
  readonly spec: ElementSpec;
  /** From the root down. */
  readonly path: readonly string[];
  /** Whether MODIFY exists in libvirt 9.0; else an element is deleted and added again. */
  readonly modifies: boolean;
  /** Texts by which candidates are found: two elements that libvirt may take for each other share one. */
  readonly marks: (element: XmlElement) => readonly string[];
  /** Why an `add` of the element would be refused. */
  readonly refuses: (held: Held, element: XmlElement) => string | null;
  /** What to send so that libvirt deletes this entry and no other; null when there is nothing. */
  readonly deleting: (held: Held, entry: Entry) => XmlElement | null;
  /** Whether a `modify` to the element would change this entry and no other. Asked where MODIFY exists. */
  readonly modifying: (held: Held, entry: Entry, element: XmlElement) => boolean;
};

export function holding(
  elements: readonly XmlElement[],
  section: Section,
): { readonly held: Held; readonly entries: readonly Entry[] } {
  const held: Held = { byMark: new Map(), size: 0, lowest: 0, highest: -1 };
  return { held, entries: elements.map((element) => put(held, section, element, 'last')) };
}

export function put(
  held: Held,
  section: Section,
  element: XmlElement,
  where: 'first' | 'last' | number,
): Entry {
  const rank = where === 'first' ? --held.lowest : where === 'last' ? ++held.highest : where;
  const entry: Entry = { element, rank };
  held.size++;
  for (const mark of section.marks(element)) {
    const there = held.byMark.get(mark);
    if (there === undefined) held.byMark.set(mark, entry);
    else if (there instanceof Set) there.add(entry);
    else held.byMark.set(mark, new Set([there, entry]));
  }
  return entry;
}

export function take(held: Held, section: Section, entry: Entry): void {
  held.size--;
  for (const mark of section.marks(entry.element)) {
    const there = held.byMark.get(mark);
    if (there instanceof Set) there.delete(entry);
    else if (there === entry) held.byMark.delete(mark);
  }
}

/** In the order of the list. */
function sharing(held: Held, marks: readonly string[]): readonly Entry[] {
  const found = new Set<Entry>();
  for (const mark of marks) {
    const there = held.byMark.get(mark);
    if (there instanceof Set) for (const entry of there) found.add(entry);
    else if (there !== undefined) found.add(there);
  }
  return [...found].sort((a, b) => a.rank - b.rank);
}

function value(spec: ElementSpec, element: XmlElement, name: string): string | null {
  return effectiveAttr(spec, element, name)?.value ?? null;
}

function known(...path: readonly string[]): ElementSpec {
  const spec = specAt(path);
  if (spec === null) throw new Error(`the element table has no ${path.join('.')}`);
  return spec;
}

// ---- dhcp hosts: mac or name or ip; the id of a DHCPv6 host is never compared ----

const HOST = known('ip', 'dhcp', 'host');

function hostMarks(element: XmlElement): readonly string[] {
  return ['mac', 'name', 'ip'].flatMap((name) => {
    const text = value(HOST, element, name);
    return text === null ? [] : [`${name} ${text}`];
  });
}

const dhcpHost: Section = {
  name: 'ip-dhcp-host',
  spec: HOST,
  path: ['ip', 'dhcp', 'host'],
  modifies: true,
  marks: hostMarks,
  refuses: (held, element) =>
    sharing(held, hostMarks(element)).length > 0
      ? 'refuses a host that shares mac, name or ip with another'
      : null,
  deleting: (held, entry) => {
    const { element } = entry;
    const mac = value(HOST, element, 'mac');
    const name = value(HOST, element, 'name');
    const ip = value(HOST, element, 'ip');
    if (ip === null) return null;
    // a stored host without mac matches any mac
    const first = sharing(held, [`ip ${ip}`]).find(({ element: one }) => {
      const other = value(HOST, one, 'mac');
      return (
        (mac === null || other === null || mac === other) &&
        (name === null || name === value(HOST, one, 'name'))
      );
    });
    return first === entry ? element : null;
  },
  modifying: (held, entry, element) => sharing(held, hostMarks(element))[0] === entry,
};

// ---- the others ----

const RANGE = known('ip', 'dhcp', 'range');
const FORWARD_INTERFACE = known('forward', 'interface');
const TXT = known('dns', 'txt');
const SRV = known('dns', 'srv');
const DNS_HOST = known('dns', 'host');
const HOSTNAME = known('dns', 'host', 'hostname');
const PORTGROUP = known('portgroup');

/** Found by the key of the table, which libvirt compares as a whole. */
function keyed(name: string, spec: ElementSpec, path: readonly string[], refusal: string): Section {
  const marks = (element: XmlElement) => {
    const key: Key | null = keyOf(spec, element);
    return key === null ? [] : [key.parts.join('\u0000')];
  };
  return {
    name,
    spec,
    path,
    modifies: false,
    marks,
    refuses: (held, element) => (sharing(held, marks(element)).length > 0 ? refusal : null),
    deleting: (held, entry) => (sharing(held, marks(entry.element))[0] === entry ? entry.element : null),
    modifying: (held, entry, element) => sharing(held, marks(element))[0] === entry,
  };
}

const range = keyed('ip-dhcp-range', RANGE, ['ip', 'dhcp', 'range'], 'refuses a range that is there already');
const forwardInterface = keyed(
  'forward-interface',
  FORWARD_INTERFACE,
  ['forward', 'interface'],
  'refuses an interface that is there already',
);
const txt = keyed('dns-txt', TXT, ['dns', 'txt'], 'refuses a second record of one name');

function srvMarks(element: XmlElement): readonly string[] {
  return [`${value(SRV, element, 'service')} ${value(SRV, element, 'protocol')}`];
}

/** Records that have all that the given one has of service, protocol, domain and target. */
function srvLike(held: Held, element: XmlElement): readonly Entry[] {
  return sharing(held, srvMarks(element)).filter((one) =>
    ['domain', 'target'].every((name) => {
      const wanted = value(SRV, element, name);
      return wanted === null || wanted === value(SRV, one.element, name);
    }),
  );
}

const srv: Section = {
  name: 'dns-srv',
  spec: SRV,
  path: ['dns', 'srv'],
  modifies: false,
  marks: srvMarks,
  refuses: (held, element) =>
    srvLike(held, element).length > 0 ? 'refuses a record that others match in all it gives' : null,
  deleting: (held, entry) => {
    const like = srvLike(held, entry.element);
    return like.length === 1 && like[0] === entry ? entry.element : null;
  },
  modifying: () => false,
};

function dnsHostMarks(element: XmlElement): readonly string[] {
  const names = elementsOf(element).flatMap((child) =>
    childSpec(DNS_HOST, child.local, child.ns) === HOSTNAME
      ? [`name ${effectiveText(HOSTNAME, child)?.value}`]
      : [],
  );
  return [`ip ${value(DNS_HOST, element, 'ip')}`, ...names];
}

const dnsHost: Section = {
  name: 'dns-host',
  spec: DNS_HOST,
  path: ['dns', 'host'],
  modifies: false,
  marks: dnsHostMarks,
  refuses: (held, element) =>
    sharing(held, dnsHostMarks(element).slice(0, 1)).length > 0
      ? 'refuses a second record of one address'
      : dnsHostMarks(element).length === 1
        ? 'needs a `hostname`'
        : null,
  deleting: (held, entry) => {
    const { element } = entry;
    if (value(DNS_HOST, element, 'ip') === null) return null;
    // a name of it may stand under other addresses too; then the address alone says which
    for (const given of [element, makeElement(element, element.attrs, [])]) {
      const like = sharing(held, dnsHostMarks(given));
      if (like.length === 1 && like[0] === entry) return given;
    }
    return null;
  },
  // by the address alone, where it exists (libvirt 10.6)
  modifying: (held, entry, element) => {
    const like = sharing(held, dnsHostMarks(element).slice(0, 1));
    return like.length === 1 && like[0] === entry && dnsHostMarks(element).length > 1;
  },
};

const DEFAULT = 'default';

function portgroupMarks(element: XmlElement): readonly string[] {
  const name = `name ${value(PORTGROUP, element, 'name')}`;
  return value(PORTGROUP, element, 'default') === 'yes' ? [name, DEFAULT] : [name];
}

/** libvirt goes on after the first one of the name, and takes the last. */
function portgroupNamed(held: Held, element: XmlElement): Entry | undefined {
  return sharing(held, portgroupMarks(element).slice(0, 1)).at(-1);
}

/** Another one that is the default already. */
function otherDefault(held: Held, element: XmlElement, entry: Entry | null): boolean {
  return (
    value(PORTGROUP, element, 'default') === 'yes' && sharing(held, [DEFAULT]).some((one) => one !== entry)
  );
}

const portgroup: Section = {
  name: 'portgroup',
  spec: PORTGROUP,
  path: ['portgroup'],
  modifies: true,
  marks: portgroupMarks,
  refuses: (held, element) =>
    portgroupNamed(held, element) !== undefined
      ? 'refuses a second portgroup of one name'
      : otherDefault(held, element, null)
        ? 'refuses a second default portgroup'
        : null,
  deleting: (held, entry) => (portgroupNamed(held, entry.element) === entry ? entry.element : null),
  modifying: (held, entry, element) =>
    portgroupNamed(held, element) === entry && !otherDefault(held, element, entry),
};

export const sections: readonly Section[] = [forwardInterface, dnsHost, txt, srv, range, dhcpHost, portgroup];

/** Why libvirt would not even read the element: something needed is missing, or of another type. */
export function unreadable(spec: ElementSpec, element: XmlElement): string | null {
  for (const attr of spec.attrs)
    if (attr.required && value(spec, element, attr.name) === null) return `needs \`${attr.name}\``;
  for (const attr of element.attrs) {
    const own = attr.ns === '' ? attrSpecOf(spec, attr.local) : null;
    if (own !== null && canonical(own.type, attr.value) === null)
      return `does not take this \`${attr.local}\``;
  }
  if (spec.key !== null && keyOf(spec, element) === null) return 'needs a name for it';
  for (const child of elementsOf(element)) {
    const inner = childSpec(spec, child.local, child.ns);
    const reason = inner === null ? null : unreadable(inner, child);
    if (reason !== null) return reason;
  }
  return null;
}
