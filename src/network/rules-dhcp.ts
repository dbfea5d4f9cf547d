// Rules about what dhcp hands out: ranges, hosts, leases, boot.

import type { XmlAttr, XmlElement } from '../xml/document.ts';
import {
  type Address,
  addressText,
  plainIPv4,
  readAddress,
  readUint,
  sameAddress,
  UINT64,
} from './c-forms.ts';
import { hasChildNamed, propertyAttr } from './libvirt-reading.ts';
import { type IpFacts, inNetwork } from './rule-facts.ts';
import { type At, type Findings, labelOn, quoted, report, warn } from './rule-report.ts';

/** A dhcp that is there, but not for libvirt. */
export function checkDhcp(findings: Findings, at: At, ip: IpFacts | undefined): void {
  if (!hasChildNamed(at.element, 'bootp')) return;
  const alone = !hasChildNamed(at.element, 'range', 'host');
  const six = ip?.address?.family === 'ipv6';
  if (!alone && !six) return;
  report(findings, {
    code: 'SL260',
    level: 'own',
    at,
    message: six
      ? 'libvirt would not keep a `bootp` with an IPv6 address'
      : 'libvirt would not keep a `dhcp` that holds only `bootp`',
    help: six ? 'put it with the IPv4 address of the network' : 'add a `range` or a `host`',
  });
}

/** The first addresses in the range, and the last, in order and not too far apart: virSocketAddrGetRange without a network. */
export function checkSpan(findings: Findings, at: At, first: Address, last: Address): boolean {
  const text = `\`${addressText(first)}\` to \`${addressText(last)}\``;
  const wrong = (message: string, help: string): false => {
    report(findings, { code: 'SL211', level: 'parse', at, detail: text, message, help });
    return false;
  };
  if (first.family === 'ipv4' && last.family === 'ipv4') {
    if (Math.floor(first.bits / 0x10000) !== Math.floor(last.bits / 0x10000)) {
      if (last.bits < first.bits)
        return wrong(`the range ${text} ends before it starts`, 'swap `start` and `end`');
      return wrong(
        `the range ${text} crosses a border of 65536 addresses`,
        'make several ranges of it, each within one a.b.0.0/16',
      );
    }
    return (
      first.bits <= last.bits || wrong(`the range ${text} ends before it starts`, 'swap `start` and `end`')
    );
  }
  if (first.family === 'ipv6' && last.family === 'ipv6') {
    if (first.words.slice(0, 7).some((word, i) => word !== last.words[i])) {
      return wrong(
        `the range ${text} crosses a border of 65536 addresses`,
        'let only the last four digits differ',
      );
    }
    return (
      first.words[7]! <= last.words[7]! ||
      wrong(`the range ${text} ends before it starts`, 'swap `start` and `end`')
    ); // eight words each
  }
  return wrong(`the range ${text} mixes address families`, 'write two addresses of one family');
}

export function checkRange(findings: Findings, at: At, ip: IpFacts | undefined): void {
  const start = propertyAttr(at.element, 'start');
  const end = propertyAttr(at.element, 'end');
  const first = readAddress(start?.value ?? '');
  const last = readAddress(end?.value ?? '');
  if (start === undefined || end === undefined || first === null || last === null) return;
  // one finding a range: the first thing libvirt would say, which is the most telling
  if (
    first.family === last.family &&
    ip !== undefined &&
    ip.address !== null &&
    !checkInside(findings, at, ip, start, end)
  )
    return;
  checkSpan(findings, at, first, last);
}

function checkInside(findings: Findings, at: At, ip: IpFacts, start: XmlAttr, end: XmlAttr): boolean {
  const { address, network, prefix } = ip;
  const first = readAddress(start.value);
  const last = readAddress(end.value);
  if (address === null || first === null || last === null) return true;
  const wrong = (attr: XmlAttr, message: string, help: string): false => {
    report(findings, {
      code: 'SL211',
      level: 'parse',
      at,
      attr,
      detail: `${attr.name} ${attr.value}`,
      message,
      help,
    });
    return false;
  };
  if (first.family !== address.family) {
    return wrong(
      start,
      `the range is not of the family of its \`ip\`, \`${addressText(address)}\``,
      'put it with an address of its own family',
    );
  }
  if (network === null) {
    return wrong(
      start,
      `a range, but the prefix of \`${addressText(address)}\` is not known`,
      'give the `ip` a `prefix`',
    );
  }
  for (const [attr, one] of [
    [start, first],
    [end, last],
  ] as const) {
    if (!inNetwork(one, ip)) {
      return wrong(
        attr,
        `${quoted(attr.value)} is outside the network \`${addressText(network)}/${prefix}\``,
        'choose an address inside it',
      );
    }
  }
  if (network.family === 'ipv4') {
    if (sameAddress(first, network)) {
      return wrong(
        start,
        `the range starts at ${quoted(start.value)}, the address of the network itself`,
        'start one further',
      );
    }
    const broadcast = network.bits + 2 ** (32 - prefix) - 1;
    if (last.family === 'ipv4' && last.bits === broadcast) {
      return wrong(end, `the range ends at ${quoted(end.value)}, the broadcast address`, 'end one before');
    }
  }
  return true;
}

const UNIT_SECONDS: Readonly<Record<string, bigint>> = { seconds: 1n, minutes: 60n, hours: 3600n };

export function checkLease(findings: Findings, at: At): void {
  const expiry = propertyAttr(at.element, 'expiry');
  if (expiry === undefined) return;
  const count = readUint(expiry.value, UINT64, 0);
  const unit = UNIT_SECONDS[propertyAttr(at.element, 'unit')?.value ?? 'minutes'];
  if (count === null || count === 0n || unit === undefined || count * unit >= 120n) return;
  report(findings, {
    code: 'SL216',
    level: 'parse',
    at,
    attr: expiry,
    detail: `${count * unit}`,
    message: `a lease of ${count * unit} seconds`,
    help: 'dnsmasq lends for two minutes at least; `expiry="0"` is for ever',
  });
}

export function checkBootp(findings: Findings, at: At, ip: IpFacts | undefined): void {
  const server = propertyAttr(at.element, 'server');
  if (server === undefined || ip?.address?.family !== 'ipv4') return;
  if (readAddress(server.value)?.family === 'ipv6') {
    warn(findings, {
      code: 'SL210',
      level: 'own',
      at,
      attr: server,
      detail: server.value,
      message: `the boot server ${quoted(server.value)} is not IPv4`,
      help: 'write an IPv4 address: the guests boot over IPv4',
    });
  }
}

/**
 * True for a host of the usual form that no rule can say anything about: told apart cheaply, because there are many. Anything
 * unusual is left to the rules.
 */
export function isPlainHost(host: XmlElement, ip: IpFacts | undefined): boolean {
  if (host.children.length > 0 || ip?.network?.family !== 'ipv4' || ip.address?.family !== 'ipv4')
    return false;
  let named = false;
  let address = -1;
  for (const { name, value } of host.attrs) {
    if (name === 'mac') {
      if (!isPlainMac(value)) return false;
      named = true;
    } else if (name === 'name') {
      if (!isPlainName(value)) return false;
      named = true;
    } else if (name === 'ip') address = plainIPv4(value);
    else return false;
  }
  const size = 2 ** (32 - ip.prefix);
  const inside = address - ip.network.bits;
  // the first and last addresses of a network deserve a look
  return named && address >= 0 && inside > 0 && inside < size - 1 && address !== ip.address.bits;
}

/** `52:54:00:0a:1B:2c`, not multicast. */
function isPlainMac(text: string): boolean {
  if (text.length !== 17) return false;
  for (let i = 0; i < 17; i++) {
    const c = text.charCodeAt(i);
    if (i % 3 === 2) {
      if (c !== 0x3a) return false;
    } else if (!((c >= 0x30 && c <= 0x39) || (c >= 0x61 && c <= 0x66) || (c >= 0x41 && c <= 0x46)))
      return false;
  }
  // the low bit of a hexadecimal digit: letters count from `a` = 0x61 = 10
  const low = text.charCodeAt(1);
  return (low >= 0x61 || (low >= 0x41 && low <= 0x46) ? low + 1 : low) % 2 === 0;
}

/** Letters, digits, dots and dashes, starting with a letter or digit. */
function isPlainName(text: string): boolean {
  if (text.length === 0) return false;
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    const alnum = (c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39) || (c >= 0x41 && c <= 0x5a);
    if (!alnum && (i === 0 || (c !== 0x2e && c !== 0x2d))) return false;
  }
  return true;
}

export function checkHost(findings: Findings, at: At, ip: IpFacts | undefined): void {
  const mac = propertyAttr(at.element, 'mac');
  const id = propertyAttr(at.element, 'id');
  const name = propertyAttr(at.element, 'name');
  const address = propertyAttr(at.element, 'ip');
  const six = ip?.address?.family === 'ipv6';
  if (six && mac !== undefined) {
    report(findings, {
      code: 'SL213',
      level: 'parse',
      at,
      attr: mac,
      message: '`mac` of a host with an IPv6 address',
      help: 'name it by `id` (its DUID) or `name`: DHCPv6 knows no MAC addresses',
    });
  }
  if ((six ? id : mac) === undefined && name === undefined && !(six && mac !== undefined)) {
    report(findings, {
      code: 'SL213',
      level: 'parse',
      at,
      message: six ? 'a host with neither `id` nor `name`' : 'a host with neither `mac` nor `name`',
      help: six ? 'say which machine it is: `id` or `name`' : 'say which machine it is: `mac` or `name`',
    });
  }
  if (name !== undefined && !/^[A-Za-z0-9]/.test(name.value)) {
    report(findings, {
      code: 'SL213',
      level: 'parse',
      at,
      attr: name,
      detail: name.value,
      message: `the host name ${quoted(name.value)} does not start with a letter or digit`,
      help: 'start it with one of a-z, A-Z, 0-9',
    });
  }
  if (address !== undefined && ip !== undefined) checkHostAddress(findings, at, address, ip);
}

function checkHostAddress(findings: Findings, at: At, attr: XmlAttr, ip: IpFacts): void {
  const address = readAddress(attr.value);
  if (address === null || ip.address === null) return;
  if (address.family !== ip.address.family) {
    report(findings, {
      code: 'SL210',
      level: 'own',
      at,
      attr,
      detail: attr.value,
      message: `${quoted(attr.value)} is not of the family of its \`ip\`, \`${addressText(ip.address)}\``,
      help: 'put the host with an address of its own family',
    });
    return;
  }
  if (ip.network === null) return;
  if (!inNetwork(address, ip)) {
    warn(findings, {
      code: 'SL214',
      level: 'own',
      at,
      attr,
      detail: attr.value,
      message: `${quoted(attr.value)} is outside the network \`${addressText(ip.network)}/${ip.prefix}\``,
      help: 'dnsmasq will not hand it out: choose an address inside the network',
    });
    return;
  }
  const broadcast = ip.network.family === 'ipv4' ? ip.network.bits + 2 ** (32 - ip.prefix) - 1 : -1;
  const what = sameAddress(address, ip.address)
    ? 'the address of its `ip`'
    : ip.prefix > 30
      ? null
      : sameAddress(address, ip.network) && ip.network.family === 'ipv4'
        ? 'the address of the network itself'
        : address.family === 'ipv4' && address.bits === broadcast
          ? 'the broadcast address'
          : null;
  if (what === null) return;
  warn(findings, {
    code: 'SL215',
    level: 'own',
    at,
    attr,
    detail: attr.value,
    message: `${quoted(attr.value)} is ${what}`,
    help: 'choose another address for the machine',
  });
}

/** A range as numbers that compare: IPv6 counts by its last word, because no range is wider than that. */
type Span = {
  readonly at: At;
  readonly net: string;
  readonly start: number;
  readonly end: number;
  readonly text: string;
};

/** Ranges of one network that share addresses; libvirt does not look. */
export function checkOverlaps(findings: Findings, dhcp: At, ranges: readonly XmlElement[]): void {
  const spec = dhcp.spec?.children.find((child) => child.name === 'range') ?? null;
  const spans: Span[] = [];
  for (const element of ranges) {
    const at: At = { spec, path: 'ip.dhcp.range', element, parent: dhcp };
    const start = readAddress(propertyAttr(element, 'start')?.value ?? '');
    const end = readAddress(propertyAttr(element, 'end')?.value ?? '');
    if (start === null || end === null) continue;
    const text = `${addressText(start)}-${addressText(end)}`;
    if (start.family === 'ipv4' && end.family === 'ipv4')
      spans.push({ at, net: '', start: start.bits, end: end.bits, text });
    else if (start.family === 'ipv6' && end.family === 'ipv6') {
      spans.push({
        at,
        net: start.words.slice(0, 7).join(':'),
        start: start.words[7]!,
        end: end.words[7]!,
        text,
      }); // eight words
    }
  }
  spans.sort((a, b) => (a.net < b.net ? -1 : a.net > b.net ? 1 : a.start - b.start));
  let widest: Span | null = null;
  for (const span of spans) {
    if (span.end < span.start) continue;
    if (widest !== null && widest.net === span.net && span.start <= widest.end && span.text !== widest.text) {
      warn(findings, {
        code: 'SL212',
        level: 'own',
        at: span.at,
        detail: widest.text,
        message: `the range \`${span.text}\` shares addresses with \`${widest.text}\``,
        help: 'let ranges end before the next starts',
        labels: labelOn(widest.at.element, undefined, 'the other range'),
      });
    }
    if (widest === null || widest.net !== span.net || span.end > widest.end) widest = span;
  }
}
