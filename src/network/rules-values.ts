// Rules that the element table states: attributes and children that it knows, their types, what is required, what there
// is one of. Which of these libvirt itself refuses, and which only Sluice does, is said here.

import { nearestName } from '../std/nearest-name.ts';
import { unreachable } from '../std/unreachable.ts';
import { XMLNS, type XmlAttr, type XmlElement } from '../xml/document.ts';
import { readAddress, readMac, readUint, readUuid, UINT32 } from './c-forms.ts';
import { keptMetadata } from './libvirt-metadata.ts';
import {
  foundByLocalName,
  isReadByXpath,
  libvirtAttr,
  libvirtNumber,
  stringValue,
} from './libvirt-reading.ts';
import { type At, type Findings, labelOn, quoted, report, warn } from './rule-report.ts';
import type { AttrSpec, ElementSpec, ValueType } from './spec.ts';
import { attrSpecOf, childSpec } from './table.ts';
import { canonical, describeType, forbiddenCharacter } from './values.ts';

/** The attributes of a known element, and its text: known, of their types, complete. */
export function checkValues(findings: Findings, at: At, spec: ElementSpec): void {
  for (const attr of at.element.attrs) {
    if (attr.ns === XMLNS) continue;
    const known = attrSpecOf(spec, attr.local);
    if (known === null) unknownAttribute(findings, at, spec, attr);
    else if (attr.ns === '') checkValue(findings, at, known, attr);
    else foreignAttribute(findings, at, known, attr);
  }
  for (const attr of spec.attrs) {
    if (attr.required && libvirtAttr(at.path, at.element, attr.name) === undefined)
      missingAttribute(findings, at, attr);
  }
  if (spec.text !== null) checkText(findings, at, spec.text);
  else strayText(findings, at, spec);
}

function checkValue(findings: Findings, at: At, known: AttrSpec, attr: XmlAttr): void {
  const { value } = attr;
  // an empty value that libvirt takes for an absent attribute is either missing (reported there) or a slip
  const absent = value === '' && isReadByXpath(at.path, known.name);
  if (absent && known.required) return;
  const sound = canonical(known.type, value) !== null;
  if (sound && libvirtTakes(at.path, known, value)) return;
  const level = absent || libvirtTakes(at.path, known, value) ? 'own' : 'parse';
  const name = `\`${known.name}\` of \`${at.spec?.name}\``;
  const forbidden = level === 'own' ? forbiddenCharacter(known.type, value) : null;
  if (forbidden !== null) {
    const char = characterName(forbidden.char);
    report(findings, {
      code: 'SL204',
      level,
      at,
      attr,
      detail: value,
      message: `${name} holds ${char}`,
      help: `leave it out: ${char} is ${forbidden.reason}`,
    });
    return;
  }
  if (known.type.kind === 'mac' && sound) {
    report(findings, {
      code: 'SL203',
      level,
      at,
      attr,
      detail: value,
      message: `${name} is ${quoted(value)}, a multicast address`,
      help: 'the second digit of a single device is even',
    });
    return;
  }
  const hint = known.type.kind === 'enum' ? nearestName(value, known.type.values) : null;
  report(findings, {
    code: 'SL203',
    level,
    at,
    attr,
    detail: value,
    message: `${name} is ${value === '' ? 'empty' : quoted(value)}`,
    help: hint === null ? `write ${wantedForm(at.path, known)}` : `did you mean \`${hint}\`?`,
  });
}

function wantedForm(path: string, attr: AttrSpec): string {
  return path === 'dns.srv' && attr.name === 'port'
    ? 'a whole number from 1 to 65535'
    : describeType(attr.type);
}

/** True when libvirt's parser takes the value, whatever it makes of it. Bounds that depend on other values are rules elsewhere. */
function libvirtTakes(path: string, attr: AttrSpec, value: string): boolean {
  const { type } = attr;
  const place = `${path}@${attr.name}`;
  switch (type.kind) {
    case 'text':
    case 'name':
    case 'hostname':
    case 'stp':
      return true;
    case 'uuid':
      return readUuid(value) !== null;
    case 'mac': {
      const mac = readMac(value);
      return mac !== null && (mac[0]! & 1) === 0; // a MAC has six bytes
    }
    case 'ip':
    case 'netmask':
      return readAddress(value) !== null;
    case 'duid':
      return /^[0-9a-fA-F:]*$/.test(value);
    case 'uint':
      return attr.name === 'connections' || takesNumber(attr, type, place, value);
    case 'pci':
      return readUint(value, UINT32, 0) !== null;
    case 'enum':
      // the family and the way of forwarding have rules of their own
      if (type.otherwise !== undefined) return true;
      return type.values.includes(type.ignoreCase ? value.toLowerCase() : value);
    default:
      return unreachable(type);
  }
}

function takesNumber(
  attr: AttrSpec,
  type: ValueType & { readonly kind: 'uint' },
  place: string,
  value: string,
): boolean {
  const number = libvirtNumber(attr, value);
  if (number === null) return false;
  if (UNBOUNDED.has(attr.name)) return true;
  // an absent port is 0, but a given one may not be
  const min = place === 'dns.srv@port' ? 1 : type.min;
  return number >= BigInt(min) && number <= BigInt(type.max);
}

/** Of these libvirt takes every number that it can read. */
const UNBOUNDED: ReadonlySet<string> = new Set([
  'size',
  'delay',
  'expiry',
  'average',
  'peak',
  'floor',
  'burst',
]);

/** What is required by the table, but libvirt does without: it drops the element, or the attribute's value is only ours to want. */
const LIBVIRT_DOES_WITHOUT: ReadonlySet<string> = new Set([
  'mtu@size',
  'mac@address',
  'domain@name',
  'ip.tftp@root',
  'ip.dhcp.bootp@file',
  'ip.dhcp.range.lease@expiry',
  'ip.dhcp.host.lease@expiry',
  'forward.driver@name',
]);

function missingAttribute(findings: Findings, at: At, attr: AttrSpec): void {
  const { path, element, spec } = at;
  // bandwidth has a rule of its own: average may be missing where floor is given
  if (attr.name === 'average') return;
  const level = LIBVIRT_DOES_WITHOUT.has(`${path}@${attr.name}`) ? 'own' : 'parse';
  const near = nearestName(
    attr.name,
    element.attrs.filter((a) => attrSpecOf(spec!, a.name) === null).map((a) => a.name),
  ); // only known elements get here
  report(findings, {
    code: 'SL202',
    level,
    at,
    detail: attr.name,
    message: `\`${spec?.name}\` has no \`${attr.name}\``,
    help:
      near === null
        ? `add \`${attr.name}\`: ${attr.doc}`
        : `did you mean \`${attr.name}\` where you wrote \`${near}\`?`,
  });
}

function checkText(findings: Findings, at: At, type: ValueType): void {
  const value = stringValue(at.element);
  const takes = type.kind !== 'uuid' || value === '' || readUuid(value) !== null;
  if (at.element.children.some((child) => child.type === 'element')) {
    report(findings, {
      code: 'SL262',
      level: takes ? 'own' : 'parse',
      at,
      message: `\`${at.spec?.name}\` holds elements, but only text belongs in it`,
      help: 'leave the text alone: libvirt takes what is in them for part of it',
    });
    return;
  }
  // the network's name has rules of its own
  if (at.path === 'name') return;
  // an empty element is an absent one; of an empty `hostname` its host speaks
  if (value === '' || (takes && canonical(type, value) !== null)) return;
  const forbidden = forbiddenCharacter(type, value);
  report(findings, {
    code: forbidden === null ? 'SL203' : 'SL204',
    level: takes ? 'own' : 'parse',
    at,
    detail: value,
    message:
      forbidden === null
        ? `\`${at.spec?.name}\` is ${quoted(value)}`
        : `\`${at.spec?.name}\` holds ${characterName(forbidden.char)}`,
    help:
      forbidden === null
        ? `write ${describeType(type)}`
        : `leave it out: ${characterName(forbidden.char)} is ${forbidden.reason}`,
  });
}

function strayText(findings: Findings, at: At, spec: ElementSpec): void {
  if (spec.content === 'opaque') return;
  // indentation is the same text again and again
  let blank = '';
  for (const child of at.element.children) {
    if (child.type !== 'text' || child.value === blank) continue;
    if (/^[ \t\r\n]*$/.test(child.value)) {
      blank = child.value;
      continue;
    }
    warn(findings, {
      code: 'SL262',
      level: 'own',
      at,
      detail: child.value,
      message: `\`${spec.name}\` holds text, ${quoted(child.value.trim())}`,
      help: 'libvirt drops it; leave it out',
    });
    return;
  }
}

/** A character in backticks, or its number where it cannot be seen. */
export function characterName(char: string): string {
  const point = char.codePointAt(0) ?? 0;
  return /[\p{Cc}\p{Cf}\p{Z}\p{Cs}]/u.test(char)
    ? `U+${point.toString(16).toUpperCase().padStart(4, '0')}`
    : `\`${char}\``;
}

function unknownAttribute(findings: Findings, at: At, spec: ElementSpec, attr: XmlAttr): void {
  const near = nearestName(
    attr.local,
    spec.attrs.filter((a) => at.element.attrs.every((one) => one.name !== a.name)).map((a) => a.name),
  );
  warn(findings, {
    code: 'SL262',
    level: 'own',
    at,
    attr,
    message: `\`${spec.name}\` has no attribute \`${attr.name}\``,
    help:
      near === null ? 'libvirt drops it' : `did you mean \`${near}\`? libvirt drops what it does not know`,
  });
}

function foreignAttribute(findings: Findings, at: At, known: AttrSpec, attr: XmlAttr): void {
  if (isReadByXpath(at.path, known.name)) {
    unknownAttribute(findings, at, at.spec!, attr); // only known elements get here
    return;
  }
  report(findings, {
    code: 'SL261',
    level: 'own',
    at,
    attr,
    message: `libvirt takes \`${attr.name}\` for \`${known.name}\`: it does not look at the namespace`,
    help: `write \`${known.name}\`, or use a name that libvirt does not know`,
  });
}

/**
 * The known children, in document order, what libvirt would take for known ones among them; unknown and surplus ones are
 * reported on the way. Those for which `skip` is true are left out and not looked at.
 */
export function checkChildren(
  findings: Findings,
  at: At,
  spec: ElementSpec,
  skip: (child: XmlElement) => boolean,
): readonly At[] {
  // of elements in a text checkValues has spoken
  if (spec.text !== null) return [];
  if (spec.content === 'opaque') {
    checkMetadata(findings, at);
    return [];
  }
  const known: At[] = [];
  const first = new Map<ElementSpec, XmlElement>();
  for (const element of at.element.children) {
    if (element.type !== 'element' || skip(element)) continue;
    const own = childSpec(spec, element.local, element.ns);
    const taken = own ?? takenFor(at.path, spec, element.local);
    if (taken === null) {
      unknownElement(findings, at, spec, element);
      continue;
    }
    const child: At = {
      spec: taken,
      path: at.path === '' ? taken.name : `${at.path}.${taken.name}`,
      element,
      parent: at,
    };
    if (own === null) foreignElement(findings, child, taken);
    if (taken.cardinality !== 'many') {
      const other = first.get(taken);
      if (other !== undefined) {
        // of a second pf the rules of forwards speak
        if (child.path !== 'forward.pf') surplusCopy(findings, child, other);
        if (!READ_COPIES.has(taken.name)) continue;
      } else first.set(taken, element);
    }
    known.push(child);
  }
  return known;
}

function takenFor(path: string, parent: ElementSpec, local: string): ElementSpec | null {
  const spec = childSpec(parent, local, '');
  if (spec === null) return null;
  return foundByLocalName(path === '' ? spec.name : `${path}.${spec.name}`) ? spec : null;
}

function unknownElement(findings: Findings, at: At, spec: ElementSpec, element: XmlElement): void {
  const near = nearestName(
    element.local,
    spec.children.map((child) => child.name),
  );
  warn(findings, {
    code: 'SL262',
    level: 'own',
    at: { spec: null, path: at.path, element, parent: at },
    message: `\`${spec.name}\` has no element \`${element.name}\``,
    help:
      near === null ? 'libvirt drops it' : `did you mean \`${near}\`? libvirt drops what it does not know`,
  });
}

function foreignElement(findings: Findings, at: At, taken: ElementSpec): void {
  report(findings, {
    code: 'SL261',
    level: 'own',
    at,
    message: `libvirt takes \`${at.element.name}\` for \`${taken.name}\`: it does not look at the namespace`,
    help: `write \`${taken.name}\`, or use a name that libvirt does not know`,
  });
}

/** Second copies that libvirt refuses; of others it reads one and drops the rest. */
const REFUSED_COPIES: ReadonlySet<string> = new Set([
  'forward.nat',
  'forward.nat.address',
  'forward.nat.port',
  'bandwidth.inbound',
  'bandwidth.outbound',
  'portgroup.bandwidth.inbound',
  'portgroup.bandwidth.outbound',
]);

/** Of these libvirt reads every copy: the last lease counts, the options of all `dnsmasq:options` do. */
const READ_COPIES: ReadonlySet<string> = new Set(['lease', 'dnsmasq:options']);

function surplusCopy(findings: Findings, at: At, first: XmlElement): void {
  const refused = REFUSED_COPIES.has(at.path);
  report(findings, {
    code: 'SL250',
    level: refused ? 'parse' : 'own',
    at,
    message: `\`${at.spec?.name}\` is here a second time`,
    help: `libvirt ${refused ? 'refuses it' : READ_COPIES.has(at.spec?.name ?? '') ? 'reads them all and prints one' : 'reads one of them and drops the rest'}: keep one`,
    labels: labelOn(first, undefined, 'the first'),
  });
}

function checkMetadata(findings: Findings, at: At): void {
  const kept = new Set(keptMetadata(at.element));
  for (const element of at.element.children) {
    if (element.type !== 'element' || kept.has(element)) continue;
    report(findings, {
      code: 'SL260',
      level: 'own',
      at: { spec: null, path: at.path, element, parent: at },
      message:
        element.ns === ''
          ? `\`${element.name}\` in \`metadata\` has no namespace`
          : `\`${element.name}\` is a second element of the namespace \`${element.ns}\` in \`metadata\``,
      help:
        element.ns === ''
          ? 'libvirt drops it: give it a namespace of your own'
          : 'libvirt keeps the first of each namespace: put one element around both',
    });
  }
}
