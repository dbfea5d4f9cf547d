// Everything that can be wrong with a network, all at once: what libvirt refuses to read, what it refuses to define, and
// what Sluice does not want in a result. Judges documents, never changes; knows nothing of policy.
//
// Rules by topic are in rules-*.ts; here they are put to the elements they speak of, and findings of two documents compared.

import type { Diagnostic } from '../diagnostics/diagnostic.ts';
import type { XmlDocument, XmlElement } from '../xml/document.ts';
import { alignNodes } from './compare-children.ts';
import { namedChildren, propertyAttr, xpathChildren } from './libvirt-reading.ts';
import { type Facts, factsOf, type IpFacts } from './rule-facts.ts';
import {
  type At,
  type Finding,
  type Findings,
  identityOf,
  type Level,
  onePerAttribute,
  report,
} from './rule-report.ts';
import {
  checkBootp,
  checkDhcp,
  checkHost,
  checkLease,
  checkOverlaps,
  checkRange,
  isPlainHost,
} from './rules-dhcp.ts';
import { checkDns, checkDnsHost, checkForwarder, checkOption, checkSrv, checkTxt } from './rules-dns.ts';
import { checkForward, checkMode, checkNat, ignoredDevices } from './rules-forward.ts';
import { checkFamily, checkIp, checkRoute, checkSingleDhcp } from './rules-ip.ts';
import { checkKeys, checkSharedHosts } from './rules-keys.ts';
import { checkName } from './rules-name.ts';
import {
  checkBandwidth,
  checkMtu,
  checkParameters,
  checkPortgroups,
  checkRate,
  checkVlan,
  checkVlanUse,
} from './rules-port.ts';
import { checkChildren, checkValues } from './rules-values.ts';
import { networkSpec } from './table.ts';

/**
 * What keeps libvirt from reading the network: an error here is an error of virNetworkDefParse, and the other way round
 * (but for addresses with a zone, `fe80::1%eth0`, whose meaning depends on the machine and which are errors here).
 */
export function checkParse(doc: XmlDocument): readonly Diagnostic[] {
  return chosen(findingsOf(doc.root), ['parse']);
}

/** What keeps libvirt from defining the network: the errors of checkParse, and those of networkValidate that need no look at a host. */
export function checkDefine(doc: XmlDocument): readonly Diagnostic[] {
  return chosen(findingsOf(doc.root), ['parse', 'define']);
}

/** The same, of what was not wrong with the base already. */
export function checkNewDefine(base: XmlDocument | null, result: XmlDocument): readonly Diagnostic[] {
  const findings =
    base === null || !isNetwork(base.root) ? findingsOf(result.root) : newFindings(base.root, result.root);
  return chosen(findings, ['parse', 'define']);
}

/** Everything that can be said against the network, by libvirt or by Sluice. */
export function checkNetwork(doc: XmlDocument): readonly Diagnostic[] {
  const findings = [...findingsOf(doc.root)];
  if (isNetwork(doc.root)) findings.push(...identityFindings(null, doc.root));
  return findings.map((finding) => finding.diagnostic);
}

/**
 * What is wrong with a result and was not with its base, so that a stored network which breaks a rule can be repaired step
 * by step. A base of null is a new network: everything counts. Errors refuse the result.
 */
export function checkResult(base: XmlDocument | null, result: XmlDocument): readonly Diagnostic[] {
  if (base !== null && base.root === result.root) return [];
  const baseRoot = base !== null && isNetwork(base.root) ? base.root : null;
  const found = baseRoot === null ? findingsOf(result.root) : newFindings(baseRoot, result.root);
  const shared = isNetwork(result.root) ? identityFindings(baseRoot, result.root) : [];
  return [...found, ...shared].map(asResult);
}

/**
 * What only a define refuses is a warning in a result: libvirt's own updates accept it, stored networks have it, and policy
 * has to be able to answer for it (a second ip with dhcp is scenario 7). A target that defines will refuse it by itself.
 */
function asResult({ level, diagnostic }: Finding): Diagnostic {
  if (level !== 'define' || diagnostic.severity !== 'error') return diagnostic;
  return {
    ...diagnostic,
    severity: 'warning',
    help: `libvirt will not define such a network; ${diagnostic.help ?? 'change it before it is started'}`,
  };
}

function chosen(findings: readonly Finding[], levels: readonly Level[]): readonly Diagnostic[] {
  return findings.filter((finding) => levels.includes(finding.level)).map((finding) => finding.diagnostic);
}

/** Documents do not change, so what was found in one is found for good. */
const cache = new WeakMap<XmlElement, readonly Finding[]>();

function findingsOf(network: XmlElement): readonly Finding[] {
  let findings = cache.get(network);
  if (findings === undefined) {
    findings = visitNetwork(network, new Map());
    cache.set(network, findings);
  }
  return findings;
}

/** Equal keys, and hosts that share what must be unique; of a host that both say something about, the second says more. */
function identityFindings(base: XmlElement | null, network: XmlElement): readonly Finding[] {
  const keys: Finding[] = [];
  checkKeys(keys, base, network); // first: it finds the children of both versions in one go
  const shared: Finding[] = [];
  checkSharedHosts(shared, base, network);
  const told = new Set(shared.map((finding) => finding.at.element));
  return [...keys.filter((finding) => !told.has(finding.at.element)), ...shared];
}

/** Findings that the base does not have as often: compared by code, semantic place and wrong value. */
function newFindings(base: XmlElement, result: XmlElement): readonly Finding[] {
  const found = visitNetwork(result, freshIn(base, result));
  if (found.length === 0) return found;
  const known = new Map<string, number>();
  for (const finding of findingsOf(base)) {
    const identity = identityOf(finding);
    known.set(identity, (known.get(identity) ?? 0) + 1);
  }
  return found.filter((finding) => {
    const identity = identityOf(finding);
    const count = known.get(identity) ?? 0;
    known.set(identity, count - 1);
    return count <= 0;
  });
}

/** By element of the result: those of its children that have to be looked at. All of them where it is not in the map. */
type Fresh = ReadonlyMap<XmlElement, ReadonlySet<XmlElement>>;

/**
 * Children that the base does not have in the same surroundings. Only long lists are worth it: dhcp, whose ranges and hosts
 * are judged by the address of their ip, and dns. Found by what the rules read of an ip, not by its key.
 */
function freshIn(base: XmlElement, result: XmlElement): Fresh {
  const fresh = new Map<XmlElement, ReadonlySet<XmlElement>>();
  const before = new Map<string, XmlElement>();
  for (const ip of xpathChildren(base, 'ip')) {
    const [dhcp] = xpathChildren(ip, 'dhcp');
    if (dhcp !== undefined) before.set(surroundings(ip), dhcp);
  }
  for (const ip of xpathChildren(result, 'ip')) {
    const [dhcp] = xpathChildren(ip, 'dhcp');
    const old = before.get(surroundings(ip));
    if (dhcp !== undefined && old !== undefined) fresh.set(dhcp, freshChildren(old, dhcp));
  }
  const [dns] = xpathChildren(result, 'dns');
  const [oldDns] = xpathChildren(base, 'dns');
  if (dns !== undefined && oldDns !== undefined) fresh.set(dns, freshChildren(oldDns, dns));
  return fresh;
}

function surroundings(ip: XmlElement): string {
  return ['family', 'address', 'netmask', 'prefix']
    .map((name) => ip.attrs.find((a) => a.local === name)?.value ?? '-')
    .join(' ');
}

/** Single elements are always looked at, so that a second copy is noticed. */
function freshChildren(before: XmlElement, after: XmlElement): ReadonlySet<XmlElement> {
  const { fresh } = alignNodes(before.children, after.children);
  const elements = new Set(fresh.filter((child): child is XmlElement => child.type === 'element'));
  for (const bootp of namedChildren(after, 'bootp')) elements.add(bootp);
  return elements;
}

// One document.

function isNetwork(root: XmlElement): boolean {
  return root.local === 'network';
}

function visitNetwork(network: XmlElement, fresh: Fresh): readonly Finding[] {
  const findings: Findings = [];
  const at: At = { spec: networkSpec, path: '', element: network, parent: null };
  if (!isNetwork(network)) {
    report(findings, {
      code: 'SL200',
      level: 'parse',
      at,
      message: `the root element is \`${network.name}\``,
      help: 'a network is a `<network>`',
    });
    return findings;
  }
  if (network.ns !== '') {
    report(findings, {
      code: 'SL261',
      level: 'own',
      at,
      message: `\`${network.name}\` is in a namespace`,
      help: 'libvirt reads it all the same: write `network`',
    });
  }
  const facts = factsOf(network);
  checkName(findings, at);
  checkMode(findings, at, facts);
  checkSingleDhcp(findings, at, facts);
  checkPortgroups(findings, at);
  checkVlanUse(findings, at, facts);
  visit(findings, at, facts, fresh);
  return findings.length > 1 ? onePerAttribute(findings) : findings;
}

const NOTHING: ReadonlySet<XmlElement> = new Set();

function visit(findings: Findings, at: At, facts: Facts, fresh: Fresh): void {
  const { spec, path, element } = at;
  if (spec === null) return;
  const ip = path.startsWith('ip') ? ipAround(at, facts) : undefined;
  checkValues(findings, at, spec);
  RULES[path]?.(findings, at, facts, ip);
  if (spec.children.length === 0 && element.children.length === 0) return;
  const only = fresh.get(element);
  const plain =
    path === 'ip.dhcp'
      ? (child: XmlElement) => child.local === 'host' && child.ns === '' && isPlainHost(child, ip)
      : undefined;
  const ignored = path === 'forward' ? ignoredDevices(element) : NOTHING;
  for (const child of checkChildren(
    findings,
    at,
    spec,
    (child) => only?.has(child) === false || plain?.(child) === true,
  )) {
    if (ignored.has(child.element)) continue;
    const before = findings.length;
    visit(findings, child, facts, fresh);
    if (isPassedBy(child, ip)) {
      for (let i = before; i < findings.length; i++) findings[i] = { ...findings[i]!, level: 'own' }; // i is within
    }
  }
}

/** Elements that libvirt passes by because of what they lack, so that it does not mind what else is wrong with them. */
function isPassedBy({ path, element }: At, ip: IpFacts | undefined): boolean {
  switch (path) {
    case 'ip.dhcp.bootp':
      return ip?.address?.family !== 'ipv4' || propertyAttr(element, 'file') === undefined;
    case 'ip.dhcp.range.lease':
    case 'ip.dhcp.host.lease':
      return propertyAttr(element, 'expiry') === undefined;
    default:
      return false;
  }
}

function ipAround(at: At, facts: Facts): IpFacts | undefined {
  let place: At | null = at;
  while (place !== null && place.path !== 'ip') place = place.parent;
  return place === null ? undefined : facts.ips.get(place.element);
}

type Rule = (findings: Findings, at: At, facts: Facts, ip: IpFacts | undefined) => void;

/** By the path of the element that a rule speaks of. */
const RULES: Readonly<Record<string, Rule | undefined>> = {
  forward: checkForward,
  'forward.nat': checkNat,
  mtu: checkMtu,
  dns: checkDns,
  'dns.forwarder': checkForwarder,
  'dns.txt': checkTxt,
  'dns.srv': checkSrv,
  'dns.host': checkDnsHost,
  vlan: checkVlan,
  'portgroup.vlan': checkVlan,
  bandwidth: checkBandwidth,
  'bandwidth.inbound': checkRate,
  'bandwidth.outbound': checkRate,
  'portgroup.bandwidth': checkBandwidth,
  'portgroup.bandwidth.inbound': checkRate,
  'portgroup.bandwidth.outbound': checkRate,
  'virtualport.parameters': checkParameters,
  'portgroup.virtualport.parameters': checkParameters,
  ip: (findings, at, _facts, ip) => {
    checkFamily(findings, at);
    checkIp(findings, at, ip);
  },
  'ip.dhcp': (findings, at, _facts, ip) => {
    checkDhcp(findings, at, ip);
    checkOverlaps(findings, at, namedChildren(at.element, 'range'));
  },
  'ip.dhcp.range': (findings, at, _facts, ip) => checkRange(findings, at, ip),
  'ip.dhcp.range.lease': checkLease,
  'ip.dhcp.host': (findings, at, _facts, ip) => checkHost(findings, at, ip),
  'ip.dhcp.host.lease': checkLease,
  'ip.dhcp.bootp': (findings, at, _facts, ip) => checkBootp(findings, at, ip),
  route: (findings, at, facts) => {
    checkFamily(findings, at);
    checkRoute(findings, at, facts);
  },
  'dnsmasq:options.dnsmasq:option': checkOption,
};
