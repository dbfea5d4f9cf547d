// What libvirt does with one virNetworkUpdate: which element it takes for the one that is meant, what the document says
// then, and what happens on the host. Its matching is loose, so a call is only sent when this foresees the right result.
//
// Source: libvirt 9.0.0 and 11, conf/network_conf.c, virNetworkDefUpdate*; tried against a real daemon. After each update
// libvirt prints the network and reads it again: what the element says then is what counts, and is what is stored here.

import {
  type Address,
  addressText,
  macText,
  plainIPv4,
  readAddress,
  readMac,
} from '../../network/c-forms.ts';
import { printAsLibvirt } from '../../network/libvirt-print.ts';
import { propertyAttr, xpathAttr, xpathChildren } from '../../network/libvirt-reading.ts';
import { ownsBridge } from '../../network/rule-facts.ts';
import { checkParse } from '../../network/rules.ts';
import type { Scope } from '../../network/scope.ts';
import type { ElementSpec } from '../../network/spec.ts';
import { cleanCopy } from '../../network/spelling.ts';
import { networkSpec, specAt } from '../../network/table.ts';
import {
  childrenNamed,
  countNamed,
  type Draft,
  type DraftElement,
  findIndexed,
  freeze,
  freezeDraft,
  inDocumentOrder,
  insertElement,
  openDraft,
  removeAttribute,
  removeNode,
  replaceElement,
  setAttribute,
} from '../../patch/draft.ts';
import { placeFor } from '../../patch/placement.ts';
import { err, ok, type Result } from '../../std/result.ts';
import { unreachable } from '../../std/unreachable.ts';
import {
  elementsOf,
  makeAttr,
  makeElement,
  textOf,
  withAttrs,
  withChildren,
  type XmlDocument,
  type XmlElement,
} from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import type { ItemSection, UpdateSupport } from './calls.ts';
import type { NetworkUpdate, UpdateCommand } from './rpc/client.ts';

/** libvirt's error number, and what its message says. */
export type Refusal = { readonly code: number; readonly message: string };

/** What an update does beside changing the document. Of a document that is not live: nothing. */
export type SideEffects = {
  readonly restartsDnsmasq: boolean;
  readonly reloadsFirewall: boolean;
  /** A host that dnsmasq does not serve: nothing makes it read a configuration with dhcp on this address in it. */
  readonly waits: boolean;
};

/** A document to which updates are made, one after the other. */
export type Simulation = {
  readonly draft: Draft;
  readonly scope: Scope;
  readonly updates: UpdateSupport;
};

export function openSimulation(document: XmlDocument, scope: Scope, updates: UpdateSupport): Simulation {
  return { draft: openDraft(document), scope, updates };
}

/** The document as it is by now. */
export function simulated(simulation: Simulation): XmlDocument {
  return freezeDraft(simulation.draft);
}

/** The document after the update, or why libvirt would refuse it. */
export function predictUpdate(
  document: XmlDocument,
  update: NetworkUpdate,
  scope: Scope,
  updates: UpdateSupport,
): Result<XmlDocument, Refusal> {
  const simulation = openSimulation(document, scope, updates);
  const done = carryOut(simulation, update);
  return done.ok ? ok(simulated(simulation)) : done;
}

const UNSUPPORTED = 84;
const INVALID = 55;
const XML_ERROR = 27;
const XML_MALFORMED = 35;

const invalid = (message: string) => err({ code: INVALID, message });
const badXml = (message: string) => err({ code: XML_ERROR, message });

/** Makes the update; the document stays as it was when it is refused. */
export function carryOut(simulation: Simulation, update: NetworkUpdate): Result<SideEffects, Refusal> {
  const { section, command } = update;
  const { root } = simulation.draft;
  switch (section) {
    case 'bridge':
    case 'domain':
    case 'ip':
    case 'forward':
    case 'forward-pf':
      return err({ code: UNSUPPORTED, message: `can't update '${section.replace('-', ' ')}' section` });
    case 'ip-dhcp-host':
    case 'ip-dhcp-range':
    case 'forward-interface':
    case 'portgroup':
    case 'dns-host':
    case 'dns-txt':
    case 'dns-srv':
      break;
    default:
      return unreachable(section);
  }
  if (simulation.updates.get(section)?.has(command) !== true)
    return err({ code: UNSUPPORTED, message: `this libvirt does not ${command} in '${section}'` });
  const { value } = parseDocument({ name: 'update', text: update.xml });
  if (value === null) return err({ code: XML_MALFORMED, message: 'not well-formed' });
  const expected = NAMES[section];
  if (value.root.local !== expected)
    return badXml(`unexpected element <${value.root.local}>, expecting <${expected}>`);

  const before = hostOf(root);
  const doing: Doing = { root, command, given: value.root, updates: simulation.updates };
  const done = updateSection(doing, section, update.parentIndex);
  if (!done.ok) return done;
  settlePool(root);
  const isLive = simulation.scope === 'live';
  const after = hostOf(root);
  const serves = isLive && (before.runsDnsmasq || after.runsDnsmasq);
  const restartsDnsmasq =
    serves &&
    (section === 'ip-dhcp-range' ||
      section === 'dns-txt' ||
      section === 'dns-srv' ||
      (section === 'ip-dhcp-host' && before.listens !== after.listens));
  return ok({
    restartsDnsmasq,
    reloadsFirewall:
      isLive &&
      FIREWALLED.has(after.mode) &&
      (section === 'ip-dhcp-host' || section === 'ip-dhcp-range' || section === 'forward-interface'),
    waits: serves && done.value.isFirstHost && !restartsDnsmasq,
  });
}

const NAMES: Readonly<Record<ItemSection, string>> = {
  'ip-dhcp-host': 'host',
  'ip-dhcp-range': 'range',
  'forward-interface': 'interface',
  portgroup: 'portgroup',
  'dns-host': 'host',
  'dns-txt': 'txt',
  'dns-srv': 'srv',
};

type Doing = {
  readonly root: DraftElement;
  readonly command: UpdateCommand;
  readonly given: XmlElement;
  readonly updates: UpdateSupport;
};
type Done = Result<{ readonly isFirstHost: boolean }, Refusal>;
const DONE: Done = ok({ isFirstHost: false });

function updateSection(doing: Doing, section: ItemSection, parentIndex: number): Done {
  switch (section) {
    case 'ip-dhcp-host':
    case 'ip-dhcp-range': {
      const ip = ipByIndex(doing.root, parentIndex);
      if (ip === null)
        return invalid(
          `couldn't update dhcp host entry - no <ip> element found${parentIndex < 0 ? '' : ` at index ${parentIndex}`}`,
        );
      return section === 'ip-dhcp-host' ? updateHost(doing, ip) : updateRange(doing, ip);
    }
    case 'forward-interface':
      return updateInterface(doing);
    case 'portgroup':
      return updatePortgroup(doing);
    case 'dns-host':
      return updateDnsHost(doing);
    case 'dns-txt':
      return updateTxt(doing);
    case 'dns-srv':
      return updateSrv(doing);
    default:
      return unreachable(section);
  }
}

// ---- dhcp ----

/** virNetworkIPDefByIndex: all addresses count; any negative index takes the one with dhcp, else the first IPv4, else the first. */
function ipByIndex(root: DraftElement, index: number): DraftElement | null {
  const all = [...childrenNamed(root, 'ip')];
  if (index >= 0) return all[index] ?? null;
  return all.find(servesDhcp) ?? all.find((ip) => familyOf(ip.node) === 'ipv4') ?? all[0] ?? null;
}

function servesDhcp(ip: DraftElement): boolean {
  const dhcp = only(ip, 'dhcp');
  return dhcp !== null && countNamed(dhcp, 'range') + countNamed(dhcp, 'host') > 0;
}

/** virNetworkDefUpdateCheckMultiDHCP. */
function otherDhcp(root: DraftElement, ip: DraftElement): Done | null {
  const family = familyOf(ip.node);
  for (const other of childrenNamed(root, 'ip')) {
    if (other !== ip && familyOf(other.node) === family && servesDhcp(other))
      return invalid(
        `dhcp is supported only for a single ${family === 'ipv4' ? 'IPv4' : 'IPv6'} address on each network`,
      );
  }
  return null;
}

function hostMarks(host: XmlElement): readonly string[] {
  const { mac, name, ip } = hostParts(host);
  return [
    mac === null ? 'no mac' : `mac ${mac}`,
    ...(name === null ? [] : [`name ${name}`]),
    `ip ${ip ?? ''}`,
  ];
}

/** As libvirt prints it, which is how nearly every MAC in its own XML is written. */
const PRINTED_MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;

function macIn(text: string | null): string | null {
  if (text === null || PRINTED_MAC.test(text)) return text;
  const mac = readMac(text);
  return mac === null ? null : macText(mac);
}

function hostParts(host: XmlElement) {
  return {
    mac: macIn(raw(host, 'mac')),
    name: raw(host, 'name'),
    ip: addressIn(raw(host, 'ip')),
  };
}

/** Hosts with one of the marks, as they stand. */
function hostsWith(dhcp: DraftElement | null, marks: readonly string[]): readonly DraftElement[] {
  return dhcp === null ? [] : marked(dhcp, 'host', hostMarks, marks);
}

function updateHost({ root, command, given }: Doing, ip: DraftElement): Done {
  const dhcp = only(ip, 'dhcp');
  const family = familyOf(ip.node);
  if (command === 'delete') {
    if (['mac', 'name', 'ip'].every((key) => raw(given, key) === null))
      return badXml('At least one of name, mac, or ip attribute must be specified');
    const read = reread({ root, section: 'ip-dhcp-host', ip, isDelete: true }, partialHost(given, ip.node));
    if (!read.ok) return read;
    const { mac, name, ip: address } = hostParts(given);
    const marks =
      address !== null ? [`ip ${address}`] : name !== null ? [`name ${name}`] : [`mac ${mac}`, 'no mac'];
    // a stored host without mac matches any mac
    const found = hostsWith(dhcp, marks).find(({ node }) => {
      const one = hostParts(node);
      return (
        (mac === null || one.mac === null || mac === one.mac) &&
        (name === null || name === one.name) &&
        (address === null || address === one.ip)
      );
    });
    if (found === undefined || dhcp === null) return invalid("couldn't locate a matching dhcp host entry");
    removeNode(found);
    settleDhcp(dhcp);
    return DONE;
  }
  const read = reread({ root, section: 'ip-dhcp-host', ip, isDelete: false }, given);
  if (!read.ok) return read;
  const stored = read.value;
  if (readAddress(raw(given, 'ip') ?? '')?.family !== family)
    return invalid(
      "the address family of a host entry IP must match the address family of the dhcp element's parent",
    );
  const { mac, name, ip: address } = hostParts(given);
  // the id is never compared
  const [first] = hostsWith(dhcp, [
    ...(mac === null ? [] : [`mac ${mac}`]),
    ...(name === null ? [] : [`name ${name}`]),
    `ip ${address ?? ''}`,
  ]);
  if (command === 'modify') {
    if (first === undefined) return invalid("couldn't locate an existing dhcp host entry");
    replaceElement(first, stored);
    return DONE;
  }
  const other = otherDhcp(root, ip);
  if (other !== null) return other;
  if (first !== undefined) return invalid('there is an existing dhcp host entry that matches');
  const isFirstHost = !servesDhcp(ip);
  add(container(ip, IP, DHCP), DHCP, stored, command);
  return ok({ isFirstHost });
}

/** What is given is read as ever, also where only a part of it is needed: with something in the place of what lacks. */
function partialHost(given: XmlElement, ip: XmlElement): XmlElement {
  const name = raw(given, 'name') === null ? [makeAttr('name', 'x')] : [];
  const address = raw(given, 'ip') === null ? [makeAttr('ip', xpathAttr(ip, 'address')?.value ?? '')] : [];
  return withAttrs(given, [...given.attrs, ...name, ...address]);
}

function rangeMarks(range: XmlElement): readonly string[] {
  return [`${addressIn(raw(range, 'start'))} ${addressIn(raw(range, 'end'))}`];
}

function updateRange({ root, command, given }: Doing, ip: DraftElement): Done {
  const read = reread({ root, section: 'ip-dhcp-range', ip, isDelete: command === 'delete' }, given);
  if (!read.ok) return read;
  if (readAddress(raw(given, 'start') ?? '')?.family !== familyOf(ip.node))
    return invalid(
      "the address family of a dhcp range must match the address family of the dhcp element's parent",
    );
  const dhcp = only(ip, 'dhcp');
  const found = dhcp === null ? undefined : marked(dhcp, 'range', rangeMarks, rangeMarks(given))[0];
  switch (command) {
    case 'delete':
      if (found === undefined || dhcp === null) return invalid("couldn't locate a matching dhcp range entry");
      removeNode(found);
      settleDhcp(dhcp);
      return DONE;
    case 'add-first':
    case 'add-last': {
      const other = otherDhcp(root, ip);
      if (other !== null) return other;
      if (found !== undefined) return invalid('there is an existing dhcp range entry that matches');
      add(container(ip, IP, DHCP), DHCP, read.value, command);
      return DONE;
    }
    case 'modify':
      return NO_SUCH_MODIFY;
    default:
      return unreachable(command);
  }
}

/** No libvirt has it, so whoever says that a daemon supports it is wrong about how it would match. */
const NO_SUCH_MODIFY: Done = err({ code: UNSUPPORTED, message: 'cannot be modified, only added or deleted' });

/** libvirt prints no `<dhcp>` without range and host in it, and so forgets its bootp. */
function settleDhcp(dhcp: DraftElement): void {
  if (countNamed(dhcp, 'range') + countNamed(dhcp, 'host') === 0) removeNode(dhcp);
}

// ---- forward ----

function updateInterface({ root, command, given }: Doing): Done {
  const dev = raw(given, 'dev');
  if (command === 'modify') return NO_SUCH_MODIFY;
  if (dev === null) return badXml('missing dev attribute in <interface> element');
  const forward = only(root, 'forward');
  const pool = forward === null ? [] : interfacesOf(freeze(forward));
  const at = pool.indexOf(dev);
  let wanted: readonly string[];
  if (command === 'delete') {
    if (at === -1) return invalid(`couldn't find an interface entry matching <interface dev='${dev}'>`);
    wanted = pool.toSpliced(at, 1);
  } else {
    if (at !== -1)
      return invalid(`there is an existing interface entry that matches "<interface dev='${dev}'>"`);
    wanted = command === 'add-first' ? [dev, ...pool] : [...pool, dev];
  }
  // an isolated network is printed without its forward, interfaces or not
  if (forward === null || xpathAttr(forward.node, 'mode')?.value === 'none') return DONE;
  const made = withInterfaces(freeze(forward), wanted);
  const refusal = refusedBy(surroundings(root, null, [made]));
  if (refusal !== null) return badXml(refusal);
  const kept = new Map<string, DraftElement>();
  for (const kid of childrenNamed(forward, 'interface')) kept.set(raw(kid.node, 'dev') ?? '', kid);
  if (command === 'delete') {
    const gone = kept.get(dev);
    if (gone !== undefined) removeNode(gone);
  } else {
    // `dev` alone means an interface, which is written from now on
    if (kept.size === 0) for (const one of pool) add(forward, FORWARD, interfaceElement(one), 'add-last');
    add(forward, FORWARD, interfaceElement(dev), command);
  }
  const [first] = wanted;
  if (xpathAttr(forward.node, 'dev') !== undefined) {
    if (first === undefined) removeAttribute(forward, 'dev', '');
    else setAttribute(forward, makeAttr('dev', first));
  }
  return DONE;
}

function interfacesOf(forward: XmlElement): readonly string[] {
  const listed = xpathChildren(forward, 'interface').map((one) => raw(one, 'dev') ?? '');
  const dev = xpathAttr(forward, 'dev')?.value;
  return listed.length > 0 || dev === undefined ? listed : [dev];
}

function interfaceElement(dev: string): XmlElement {
  return makeElement({ name: 'interface', local: 'interface', ns: '' }, [makeAttr('dev', dev)], []);
}

function withInterfaces(forward: XmlElement, devices: readonly string[]): XmlElement {
  const attrs = forward.attrs.filter((attr) => attr.name !== 'dev');
  const others = elementsOf(forward).filter((child) => child.local !== 'interface');
  return makeElement(forward, attrs, [...others, ...devices.map(interfaceElement)]);
}

/** LIVE shows the members of a pool beside the `<pf>` they come from; what libvirt reads again has the first kind only. */
function settlePool(root: DraftElement): void {
  const forward = only(root, 'forward');
  if (forward === null) return;
  const [, ...others] = ['interface', 'address', 'pf'].filter((name) => countNamed(forward, name) > 0);
  for (const name of others) for (const kid of [...childrenNamed(forward, name)]) removeNode(kid);
}

// ---- portgroups ----

const DEFAULT = 'default';

function portgroupMarks(portgroup: XmlElement): readonly string[] {
  const name = `name ${xpathAttr(portgroup, 'name')?.value ?? ''}`;
  return xpathAttr(portgroup, 'default')?.value.toLowerCase() === 'yes' ? [name, DEFAULT] : [name];
}

function updatePortgroup({ root, command, given }: Doing): Done {
  const read = reread({ root, section: 'portgroup', ip: null, isDelete: command === 'delete' }, given);
  if (!read.ok) return read;
  const stored = read.value;
  const [name = '', isDefault] = portgroupMarks(given);
  // the loops of libvirt go on after a find: the last one counts
  const found = marked(root, 'portgroup', portgroupMarks, [name]).at(-1);
  const standing = marked(root, 'portgroup', portgroupMarks, [DEFAULT]).at(-1);
  if (found === undefined && (command === 'modify' || command === 'delete'))
    return invalid("couldn't find a portgroup entry matching");
  if (found !== undefined && command !== 'modify' && command !== 'delete')
    return invalid('there is an existing portgroup entry that matches');
  if (command !== 'delete' && isDefault !== undefined && standing !== undefined && standing !== found)
    return invalid('a different portgroup entry is already set as the default. Only one default is allowed.');
  if (command === 'delete') {
    if (found !== undefined) removeNode(found);
  } else if (command === 'modify') {
    if (found !== undefined) replaceElement(found, stored);
  } else add(root, networkSpec, stored, command);
  return DONE;
}

// ---- dns ----

function dnsHostMarks(host: XmlElement): readonly string[] {
  const ip = addressIn(raw(host, 'ip'));
  return [
    ...(ip === null ? [] : [`ip ${ip}`]),
    ...elementsOf(host)
      // libvirt passes by `<hostname/>`
      .filter((child) => child.local === 'hostname' && child.children.length > 0)
      .map((child) => `name ${textOf(child)}`),
  ];
}

function updateDnsHost({ root, command, given }: Doing): Done {
  const dns = only(root, 'dns');
  const marks = dnsHostMarks(given);
  const ip = raw(given, 'ip');
  if (command === 'delete') {
    if (marks.includes('name ')) return badXml('Missing hostname in DNS HOST record');
    if (ip !== null && readAddress(ip) === null) return badXml('Invalid IP address in DNS HOST record');
    if (marks.length === 0) return badXml('Missing ip and hostname in DNS HOST record');
    const found = dns === null ? [] : marked(dns, 'host', dnsHostMarks, marks);
    if (found.length > 1) return invalid('multiple matching DNS HOST records were found');
    if (found[0] === undefined) return invalid("couldn't locate a matching DNS HOST record");
    removeNode(found[0]);
    return DONE;
  }
  const read = reread({ root, section: 'dns-host', ip: null, isDelete: false }, given);
  if (!read.ok) return read;
  const found = dns === null ? [] : marked(dns, 'host', dnsHostMarks, marks.slice(0, 1));
  if (command === 'modify') {
    if (found.length > 1) return invalid('multiple matching DNS HOST records were found');
    if (found[0] === undefined) return invalid("couldn't locate a matching DNS HOST record");
    replaceElement(found[0], read.value);
    return DONE;
  }
  if (found.length > 0) return invalid('there is already at least one DNS HOST record with a matching field');
  add(container(root, networkSpec, DNS), DNS, read.value, command);
  return DONE;
}

function txtMarks(txt: XmlElement): readonly string[] {
  return [`name ${raw(txt, 'name') ?? ''}`];
}

function updateTxt({ root, command, given }: Doing): Done {
  const dns = only(root, 'dns');
  const name = raw(given, 'name');
  if (name === null) return badXml('missing required name attribute in DNS TXT record');
  if (/[ ,]/.test(name)) return badXml(`prohibited character in DNS TXT record name '${name}'`);
  const found = dns === null ? undefined : marked(dns, 'txt', txtMarks, txtMarks(given))[0];
  if (command === 'delete') {
    if (found === undefined) return invalid("couldn't locate a matching DNS TXT record");
    removeNode(found);
    return DONE;
  }
  const read = reread({ root, section: 'dns-txt', ip: null, isDelete: false }, given);
  if (!read.ok) return read;
  if (command === 'modify') {
    if (found === undefined) return invalid("couldn't locate a matching DNS TXT record");
    replaceElement(found, read.value);
    return DONE;
  }
  if (found !== undefined) return invalid(`there is already a DNS TXT record with name '${name}'`);
  add(container(root, networkSpec, DNS), DNS, read.value, command);
  return DONE;
}

const SRV_KEY = ['service', 'protocol', 'domain', 'target'] as const;

function srvMarks(srv: XmlElement): readonly string[] {
  return [`${raw(srv, 'service')} ${raw(srv, 'protocol')}`];
}

function updateSrv({ root, command, given }: Doing): Done {
  if (command === 'modify') return NO_SUCH_MODIFY;
  const dns = only(root, 'dns');
  const isWhole = raw(given, 'service') !== null && raw(given, 'protocol') !== null;
  const candidates =
    dns === null
      ? []
      : isWhole
        ? marked(dns, 'srv', srvMarks, srvMarks(given))
        : [...childrenNamed(dns, 'srv')];
  const found = candidates.filter(({ node }) =>
    SRV_KEY.every((key) => raw(given, key) === null || raw(given, key) === raw(node, key)),
  );
  if (command === 'delete') {
    // what is given is read as ever; only service and protocol may be left out
    const standIns = [makeAttr('service', 'x'), makeAttr('protocol', 'x')];
    const attrs = [...given.attrs, ...standIns.filter(({ name }) => raw(given, name) === null)];
    const read = reread(
      { root, section: 'dns-srv', ip: null, isDelete: true },
      makeElement(given, attrs, []),
    );
    if (!read.ok) return read;
    if (found.length > 1) return invalid('multiple DNS SRV records matching all specified fields were found');
    if (found[0] === undefined) return invalid("couldn't locate a matching DNS SRV record");
    removeNode(found[0]);
    return DONE;
  }
  const read = reread({ root, section: 'dns-srv', ip: null, isDelete: false }, given);
  if (!read.ok) return read;
  if (found.length > 0)
    return invalid('there is already at least one DNS SRV record matching all specified fields');
  add(container(root, networkSpec, DNS), DNS, read.value, command);
  return DONE;
}

// ---- what libvirt reads, and reads again ----

type Place = {
  readonly root: DraftElement;
  readonly section: Exclude<ItemSection, 'forward-interface'>;
  /** For dhcp. */
  readonly ip: DraftElement | null;
  /** What is deleted is not put into the document, and need not fit in. */
  readonly isDelete: boolean;
};

/**
 * The element as libvirt has it after printing the network and reading it: in its own forms, without what it does not
 * know, and with whatever its printer's missing escapes make of it. Refused where it cannot be read, or not again.
 */
function reread(place: Place, given: XmlElement): Result<XmlElement, Refusal> {
  const { root, section, ip } = place;
  let document: XmlDocument;
  if (ip !== null) {
    const dhcp = makeElement({ name: 'dhcp', local: 'dhcp', ns: '' }, [], [given]);
    document = surroundings(root, makeElement(ip.node, ip.node.attrs, [dhcp]), []);
  } else if (section === 'portgroup') document = surroundings(root, null, [given]);
  else {
    const attrs = place.isDelete ? [] : (only(root, 'dns')?.node.attrs ?? []);
    document = surroundings(root, null, [makeElement({ name: 'dns', local: 'dns', ns: '' }, attrs, [given])]);
  }
  const refusal = refusedBy(document);
  if (refusal !== null) return badXml(refusal);
  const { value: again } = parseDocument({ name: 'update', text: printAsLibvirt(document) });
  if (again === null) return err({ code: XML_MALFORMED, message: 'not well-formed once it is printed' });
  const changed = refusedBy(again);
  if (changed !== null) return badXml(changed);
  let at: XmlElement | undefined = again.root;
  for (const name of PATHS[section]) at = at === undefined ? undefined : xpathChildren(at, name)[0];
  if (at === undefined) throw new Error(`libvirt does not print what it reads in ${section}`);
  return ok(cleanCopy(SPECS[section], at));
}

function refusedBy(document: XmlDocument): string | null {
  return checkParse(document)[0]?.message ?? null;
}

/**
 * As much of the network as it takes to read one element of it: the mode, the bridge, an address. Its place is not that
 * of the network's own text.
 */
function surroundings(root: DraftElement, ip: XmlElement | null, others: readonly XmlElement[]): XmlDocument {
  const kept: XmlElement[] = [];
  const replaced = new Set(others.map((other) => other.local));
  for (const name of ['name', 'forward', 'bridge']) {
    const one = replaced.has(name) ? null : only(root, name);
    if (one !== null) kept.push(freeze(one));
  }
  for (const other of childrenNamed(root, 'ip')) {
    kept.push(ip ?? makeElement(other.node, other.node.attrs, []));
    break;
  }
  const network = withChildren(makeElement({ name: 'network', local: 'network', ns: '' }, [], []), [
    ...kept,
    ...others,
  ]);
  return { source: { name: 'update', text: '' }, root: network, prolog: '', epilog: '' };
}

// ---- the draft ----

const IP = known('ip');
const DHCP = known('ip', 'dhcp');
const DNS = known('dns');
const FORWARD = known('forward');
const SPECS: Readonly<Record<Place['section'], ElementSpec>> = {
  'ip-dhcp-host': known('ip', 'dhcp', 'host'),
  'ip-dhcp-range': known('ip', 'dhcp', 'range'),
  portgroup: known('portgroup'),
  'dns-host': known('dns', 'host'),
  'dns-txt': known('dns', 'txt'),
  'dns-srv': known('dns', 'srv'),
};
const PATHS: Readonly<Record<Place['section'], readonly string[]>> = {
  'ip-dhcp-host': ['ip', 'dhcp', 'host'],
  'ip-dhcp-range': ['ip', 'dhcp', 'range'],
  portgroup: ['portgroup'],
  'dns-host': ['dns', 'host'],
  'dns-txt': ['dns', 'txt'],
  'dns-srv': ['dns', 'srv'],
};

function known(...path: readonly string[]): ElementSpec {
  const spec = specAt(path);
  if (spec === null) throw new Error(`the element table has no ${path.join('.')}`);
  return spec;
}

function raw(element: XmlElement, name: string): string | null {
  return propertyAttr(element, name)?.value ?? null;
}

function addressIn(text: string | null): string | null {
  if (text === null) return null;
  if (plainIPv4(text) >= 0) return `ipv4 ${text}`;
  const address = readAddress(text);
  return address === null ? null : `${address.family} ${addressText(address)}`;
}

function familyOf(ip: XmlElement): Address['family'] {
  return readAddress(xpathAttr(ip, 'address')?.value ?? '')?.family ?? 'ipv4';
}

/** Of what there is one of, the one that libvirt reads. */
function only(parent: DraftElement, name: string): DraftElement | null {
  for (const first of childrenNamed(parent, name)) return first;
  return null;
}

/** Children with one of the marks, in their order. */
function marked(
  parent: DraftElement,
  name: string,
  marksOf: (element: XmlElement) => readonly string[],
  marks: readonly string[],
): readonly DraftElement[] {
  const found = new Set<DraftElement>();
  for (const mark of marks)
    for (const one of findIndexed(parent, name, `libvirt ${name}`, marksOf, mark)) found.add(one);
  return inDocumentOrder(found);
}

function container(parent: DraftElement, parentSpec: ElementSpec, spec: ElementSpec): DraftElement {
  const there = only(parent, spec.local);
  if (there !== null) return there;
  const made = makeElement({ name: spec.name, local: spec.local, ns: spec.ns }, [], []);
  return insertElement(parent, made, placeFor(parent, parentSpec, made, 'last'));
}

function add(
  parent: DraftElement,
  parentSpec: ElementSpec,
  element: XmlElement,
  command: UpdateCommand,
): void {
  insertElement(
    parent,
    element,
    placeFor(parent, parentSpec, element, command === 'add-first' ? 'first' : 'last'),
  );
}

// ---- the host ----

/** The modes whose firewall rules libvirt makes, and makes anew when an update could touch them. */
const FIREWALLED: ReadonlySet<string> = new Set(['none', 'nat', 'route']);

type Host = {
  readonly mode: string;
  /** Whether dnsmasq runs for the network (networkStartDhcpDaemon). */
  readonly runsDnsmasq: boolean;
  /** What makes an update of a host restart dnsmasq when it turns. */
  readonly listens: boolean;
};

function hostOf(root: DraftElement): Host {
  const forward = only(root, 'forward');
  const mode = forward === null ? 'none' : (xpathAttr(forward.node, 'mode')?.value ?? 'nat');
  const ips = [...childrenNamed(root, 'ip')];
  const dns = only(root, 'dns');
  const isDnsOff = dns !== null && raw(dns.node, 'enable') === 'no';
  return {
    mode,
    runsDnsmasq: ownsBridge(mode) && ips.length > 0 && (!isDnsOff || ips.some(servesDhcp)),
    listens: ips.some((ip) => familyOf(ip.node) === 'ipv4' && (servesDhcp(ip) || only(ip, 'tftp') !== null)),
  };
}
