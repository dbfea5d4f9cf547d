// What the characters of a value mean: canonical forms, comparison, and which characters are refused.
//
// Every function is total: it never throws, whatever it is given, and takes time linear in its input.
// A form that libvirt and another reader could take differently (`010.0.0.1`, octal or decimal?) is not of its type.

import { once } from '../std/once.ts';
import { unreachable } from '../std/unreachable.ts';
import type { ValueType } from './spec.ts';

/** The one spelling that stands for everything meaning the same as `raw`; null when `raw` is not of the type. */
export function canonical(type: ValueType, raw: string): string | null {
  switch (type.kind) {
    case 'text':
      return forbiddenCharacter(type, raw) === null ? raw : null;
    case 'hostname':
    case 'name':
      return raw !== '' && forbiddenCharacter(type, raw) === null ? raw : null;
    case 'uuid':
      return canonicalUuid(raw);
    case 'mac':
      return canonicalMac(raw);
    case 'ip':
      return canonicalIp(type.family, raw);
    case 'netmask':
      return prefixOfNetmask(raw) === null ? null : raw;
    case 'duid':
      return canonicalDuid(raw);
    case 'uint':
      return canonicalUint(raw, type.min, type.max, type.base0);
    case 'pci':
      return canonicalPci(raw, type.digits, type.max);
    case 'enum':
      return canonicalEnum(type.values, type.ignoreCase ?? false, type.otherwise ?? null, raw);
    case 'stp':
      return raw === 'off' ? 'off' : 'on';
    default:
      return unreachable(type);
  }
}

/** The canonical spelling, and what is not of its type as it is written: two spellings of nonsense are two values. */
export function asMeant(type: ValueType, raw: string): string {
  switch (type.kind) {
    // these have one spelling each, whether `raw` is one of them or not
    case 'text':
    case 'hostname':
    case 'name':
    case 'netmask':
      return raw;
    case 'ip':
      return raw.includes(':') ? (canonical(type, raw) ?? raw) : raw;
    default:
      return canonical(type, raw) ?? raw;
  }
}

/** What a value of the type looks like, for messages: "a MAC address such as `52:54:00:aa:bb:cc`". */
export function describeType(type: ValueType): string {
  switch (type.kind) {
    case 'text':
      return type.lines === 'many' ? 'text' : 'text on one line';
    case 'hostname':
      return 'a host or domain name such as `web.example.com`';
    case 'name':
      return type.escaped === true
        ? 'a name without control characters'
        : 'a name without quotes, `<`, `>`, `&` or control characters';
    case 'uuid':
      return 'a UUID such as `81ff0d90-c91e-6742-64da-4a736edb9a9b`';
    case 'mac':
      return 'a MAC address such as `52:54:00:aa:bb:cc`';
    case 'ip':
      if (type.family === 'ipv4') return 'an IPv4 address such as `10.0.0.1`';
      if (type.family === 'ipv6') return 'an IPv6 address such as `fd00::1`';
      return 'an IP address such as `10.0.0.1` or `fd00::1`';
    case 'netmask':
      return 'an IPv4 netmask such as `255.255.255.0`';
    case 'duid':
      return 'a DUID such as `0:3:0:1:0:16:3e:11:22:33`';
    case 'uint': {
      const range =
        type.max >= ULL_LIMIT
          ? type.min === 0
            ? ''
            : ` of at least ${type.min}`
          : ` from ${type.min} to ${type.max}`;
      const unit = type.unit === null ? '' : ` (${type.unit})`;
      return `a whole number${range}${unit}`;
    }
    case 'pci':
      return `a PCI number from \`0x${'0'.repeat(type.digits)}\` to \`${pciText(type.max, type.digits)}\``;
    case 'enum': {
      const quoted = type.values.map((value) => `\`${value}\``);
      const last = quoted.pop() ?? '';
      return quoted.length === 0 ? last : `${quoted.join(', ')} or ${last}`;
    }
    case 'stp':
      return '`on` or `off`';
    default:
      return unreachable(type);
  }
}

/**
 * Negative, zero or positive as `a` is below, equal to or above `b`; both are canonical. Null when the type has no order
 * (names), a value is not of the type, or the addresses are of different families.
 */
export function compareValues(type: ValueType, a: string, b: string): number | null {
  switch (type.kind) {
    case 'uint': {
      const left = canonicalUint(a, 0, ULL_LIMIT, false);
      const right = canonicalUint(b, 0, ULL_LIMIT, false);
      if (left === null || right === null) return null;
      if (type.zero === 'infinite' && (left === '0' || right === '0'))
        return Number(left === '0') - Number(right === '0');
      return compareDigits(left, right);
    }
    case 'pci': {
      const left = parseBase0(a);
      const right = parseBase0(b);
      return left === null || right === null ? null : compareDigits(left, right);
    }
    case 'ip':
    case 'netmask': {
      const left = parseIp(a);
      const right = parseIp(b);
      if (left === null || right === null || left.length !== right.length) return null;
      for (let i = 0; i < left.length; i++) {
        const difference = (left[i] ?? 0) - (right[i] ?? 0);
        if (difference !== 0) return difference;
      }
      return 0;
    }
    case 'text':
    case 'hostname':
    case 'name':
    case 'uuid':
    case 'mac':
    case 'duid':
    case 'enum':
    case 'stp':
      return null;
    default:
      return unreachable(type);
  }
}

/**
 * The value that libvirt takes `raw` for although it does not say so: `stp='no'` is on, a portgroup's `default='true'` is no.
 * Null for a plain spelling and for what is not of the type. For refusing such text in what a person writes.
 */
export function misleading(type: ValueType, raw: string): string | null {
  switch (type.kind) {
    case 'stp':
      return raw === 'on' || raw === 'off' ? null : 'on';
    case 'enum':
      return type.otherwise === undefined || type.values.includes(raw.toLowerCase()) ? null : type.otherwise;
    default:
      return null;
  }
}

function canonicalEnum(
  values: readonly string[],
  ignoreCase: boolean,
  otherwise: string | null,
  raw: string,
): string | null {
  if (values.includes(raw)) return raw;
  const lower = raw.toLowerCase();
  return ignoreCase && values.includes(lower) ? lower : otherwise;
}

// Whole numbers. Kept as decimal digits, because libvirt counts to 2^64 - 1.

/** A bound of 2^64 stands for 2^64 - 1, which has no exact form as a number. */
const ULL_LIMIT = 2 ** 64;
const ULL_MAX_DIGITS = '18446744073709551615';

function canonicalUint(raw: string, min: number, max: number, base0: boolean): string | null {
  const digits = base0 ? parseBase0(raw) : parseDecimal(raw);
  if (digits === null) return null;
  if (digits.length > 15) return compareDigits(digits, maxDigits(max)) <= 0 ? digits : null;
  const value = Number(digits);
  return value >= min && value <= max ? digits : null;
}

function maxDigits(max: number): string {
  return max >= ULL_LIMIT ? ULL_MAX_DIGITS : String(max);
}

/** Decimal digits without leading zeros; null for anything but digits. A sign or a blank, which C would take, is refused. */
function parseDecimal(raw: string): string | null {
  if (raw === '') return null;
  let zeros = 0;
  let leading = true;
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return null;
    if (leading && code === 0x30) zeros++;
    else leading = false;
  }
  if (zeros === 0) return raw;
  return zeros === raw.length ? '0' : raw.slice(zeros);
}

/** As C's strtoul with base 0 takes it: `0x1f` and `037` are 31. Longer than 64 bits is null. */
function parseBase0(raw: string): string | null {
  if (raw.length > 32) return null;
  if (/^0[xX][0-9a-fA-F]+$/.test(raw)) return String(BigInt(raw));
  if (/^0[0-7]+$/.test(raw)) return String(BigInt(`0o${raw}`));
  return /^0.+/.test(raw) ? null : parseDecimal(raw);
}

function compareDigits(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}

/** libvirt reads PCI numbers with base 0, so `10` is ten, and prints them as `0x0a`. */
function canonicalPci(raw: string, digits: number, max: number): string | null {
  const value = parseBase0(raw);
  if (value === null || value.length > 15 || Number(value) > max) return null;
  return pciText(Number(value), digits);
}

function pciText(value: number, digits: number): string {
  return `0x${value.toString(16).padStart(digits, '0')}`;
}

// Identities.

/** The value of a hexadecimal digit, or -1. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}

/** Six numbers of one or two digits, as virMacAddrParse takes them; canonical with two, lower case. */
function canonicalMac(raw: string): string | null {
  if (raw.length < 11 || raw.length > 17) return null;
  let parts = 0;
  let digits = 0;
  let asWritten = raw.length === 17;
  for (let i = 0; i < raw.length; i++) {
    const code = raw.charCodeAt(i);
    if (code === 0x3a) {
      if (digits === 0) return null;
      parts++;
      digits = 0;
    } else {
      if (hexDigit(code) < 0 || ++digits > 2) return null;
      if (code < 0x61 && code > 0x39) asWritten = false;
    }
  }
  if (parts !== 5 || digits === 0) return null;
  return asWritten ? raw : padPairs(raw);
}

function padPairs(raw: string): string {
  return raw
    .toLowerCase()
    .split(':')
    .map((part) => part.padStart(2, '0'))
    .join(':');
}

/**
 * libvirt takes any mix of hexadecimal digits and colons as a client id. Where it is made of bytes they get two digits,
 * so that `0:3` and `00:03`, the same to dnsmasq, are one key.
 */
function canonicalDuid(raw: string): string | null {
  if (raw === '' || raw.length > MAX_DUID || !/^[0-9a-fA-F:]+$/.test(raw)) return null;
  return raw.split(':').every((part) => part.length === 1 || part.length === 2)
    ? padPairs(raw)
    : raw.toLowerCase();
}

/** A DUID has at most 130 bytes (RFC 8415), three characters each. */
const MAX_DUID = 390;

/** virUUIDParse: 32 digits, dashes anywhere between bytes, white space around. */
function canonicalUuid(raw: string): string | null {
  if (raw.length > 256) return null;
  const digits = raw.trim().replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) return null;
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

// Addresses: four bytes, or eight 16-bit words. Of this room's own, because 65,000 hosts have one each and ipaddr.js
// takes `010.0.0.1` and other forms that readers disagree about.

/** `ipv4` for four bytes, `ipv6` for eight words. */
export type IpAddress = readonly number[];

/** The address that `raw` is written as, unambiguously; null otherwise (also for `fe80::1%eth0`). */
export function parseIp(raw: string): IpAddress | null {
  return raw.includes(':') ? parseIpv6(raw) : parseIpv4(raw);
}

export function familyOf(address: IpAddress): 'ipv4' | 'ipv6' {
  return address.length === 4 ? 'ipv4' : 'ipv6';
}

/** True for four decimal bytes without leading zeros. That is also its canonical form. */
function isIpv4(raw: string): boolean {
  return ipv4Number(raw, raw.length) >= 0;
}

/** What stands before `end` as one number, when it is four decimal bytes without leading zeros; else -1. */
function ipv4Number(text: string, end: number): number {
  if (end < 7 || end > 15) return -1;
  let dots = 0;
  let byte = -1;
  let number = 0;
  for (let i = 0; i < end; i++) {
    const code = text.charCodeAt(i);
    if (code === 0x2e) {
      if (byte < 0) return -1;
      number = (number << 8) | byte;
      dots++;
      byte = -1;
    } else if (code >= 0x30 && code <= 0x39 && byte !== 0) {
      byte = byte < 0 ? code - 0x30 : byte * 10 + code - 0x30;
      if (byte > 255) return -1;
    } else {
      return -1;
    }
  }
  return dots === 3 && byte >= 0 ? ((number << 8) | byte) >>> 0 : -1;
}

function parseIpv4(raw: string): IpAddress | null {
  const number = ipv4Number(raw, raw.length);
  return number < 0 ? null : bytesOf(number);
}

function bytesOf(number: number): IpAddress {
  return [number >>> 24, (number >>> 16) & 255, (number >>> 8) & 255, number & 255];
}

function parseIpv6(raw: string): IpAddress | null {
  if (raw.length < 2 || raw.length > 45) return null;
  const halves = raw.split('::');
  if (halves.length > 2) return null;
  const front = wordsOf(halves[0] ?? '', halves.length === 1);
  if (front === null) return null;
  if (halves.length === 1) return front.length === 8 ? front : null;
  const back = wordsOf(halves[1] ?? '', true);
  if (back === null || front.length + back.length > 7) return null;
  return [...front, ...Array.from({ length: 8 - front.length - back.length }, () => 0), ...back];
}

/** The words between colons; an embedded IPv4 address may come last where `mayEndDotted`. */
function wordsOf(text: string, mayEndDotted: boolean): number[] | null {
  if (text === '') return [];
  const words: number[] = [];
  const parts = text.split(':');
  for (const [at, part] of parts.entries()) {
    if (/^[0-9a-fA-F]{1,4}$/.test(part)) {
      words.push(Number.parseInt(part, 16));
      continue;
    }
    const bytes = mayEndDotted && at === parts.length - 1 ? parseIpv4(part) : null;
    if (bytes === null) return null;
    const [a = 0, b = 0, c = 0, d = 0] = bytes;
    words.push(a * 256 + b, c * 256 + d);
  }
  return words;
}

function canonicalIp(family: 'ipv4' | 'ipv6' | 'any', raw: string): string | null {
  if (raw.includes(':')) {
    const address = family === 'ipv4' ? null : parseIpv6(raw);
    return address === null ? null : formatIp(address);
  }
  return family !== 'ipv6' && isIpv4(raw) ? raw : null;
}

/**
 * The address as libvirt prints it, which is glibc's inet_ntop: lower case, the first longest run of two or more zero
 * words as `::`, and IPv4 spelling for `::a.b.c.d` and `::ffff:a.b.c.d`.
 */
export function formatIp(address: IpAddress): string {
  if (address.length === 4) return address.join('.');
  let bestAt = -1;
  let bestLength = 1;
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && address[at + length] === 0) length++;
    if (length > bestLength) {
      bestAt = at;
      bestLength = length;
    }
    at += length;
  }
  const dotted = bestAt === 0 && (bestLength === 6 || (bestLength === 5 && address[5] === 0xffff));
  const words = address.slice(0, dotted ? 6 : 8).map((word) => word.toString(16));
  if (dotted) {
    const [high = 0, low = 0] = address.slice(6);
    words.push(`${high >> 8}.${high & 255}.${low >> 8}.${low & 255}`);
  }
  if (bestAt < 0) return words.join(':');
  return `${words.slice(0, bestAt).join(':')}::${words.slice(bestAt + bestLength).join(':')}`;
}

/** The prefix length of a contiguous IPv4 netmask, `255.255.255.0` → 24; null for anything else. */
export function prefixOfNetmask(netmask: string): number | null {
  const bytes = parseIpv4(netmask);
  if (bytes === null) return null;
  const bits = bytes.map((byte) => byte.toString(2).padStart(8, '0')).join('');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : null;
}

/** `10.0.0.0/8`. `hostBits`: the address has bits behind the prefix, which is probably a mistake. */
export type Cidr = { readonly address: IpAddress; readonly prefix: number; readonly hostBits: boolean };

/** Reads `address/prefix`; null when it is neither, the prefix is missing or longer than the address. */
export function parseCidr(text: string): Cidr | null {
  const slash = text.indexOf('/');
  if (slash < 0) return null;
  const prefix = prefixLength(text, slash + 1);
  if (prefix < 0) return null;
  const number = ipv4Number(text, slash);
  if (number >= 0) {
    if (prefix > 32) return null;
    return { address: bytesOf(number), prefix, hostBits: prefix < 32 && number << prefix !== 0 };
  }
  const address = parseIp(text.slice(0, slash));
  if (address === null || prefix > bitsOf(address)) return null;
  return { address, prefix, hostBits: !sameBits(address, networkAddress(address, prefix), bitsOf(address)) };
}

/** The number of at most three digits, without leading zeros, that the text ends with behind `start`; else -1. */
function prefixLength(text: string, start: number): number {
  const digits = text.length - start;
  if (digits < 1 || digits > 3 || (digits > 1 && text.charCodeAt(start) === 0x30)) return -1;
  let length = 0;
  for (let i = start; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code < 0x30 || code > 0x39) return -1;
    length = length * 10 + code - 0x30;
  }
  return length;
}

/**
 * True when the address lies in the network; false for text that is no address and for another family.
 * `::ffff:10.0.0.1` is `10.0.0.1` on the wire, so it lies in `10.0.0.0/8` too (else a deny on that network would not see it),
 * and `10.0.0.1` lies in `::ffff:10.0.0.0/104`.
 */
export function ipInCidr(ip: string, cidr: Cidr): boolean {
  const address = parseIp(ip);
  if (address === null) return false;
  if (inNetwork(address, cidr.address, cidr.prefix)) return true;
  const plain = unmapped(address);
  if (isMapped(cidr.address) && cidr.prefix >= 96)
    return inNetwork(plain, unmapped(cidr.address), cidr.prefix - 96);
  return inNetwork(plain, cidr.address, cidr.prefix);
}

function inNetwork(address: IpAddress, network: IpAddress, prefix: number): boolean {
  return address.length === network.length && sameBits(address, network, prefix);
}

/** Bits in the address: 32 or 128. */
export function bitsOf(address: IpAddress): 32 | 128 {
  return address.length === 4 ? 32 : 128;
}

/** The address with all bits behind the prefix zero. */
export function networkAddress(address: IpAddress, prefix: number): IpAddress {
  return withHostBits(address, prefix, 0);
}

/** The address with all bits behind the prefix one: IPv4's broadcast address. */
export function lastAddress(address: IpAddress, prefix: number): IpAddress {
  return withHostBits(address, prefix, 1);
}

function withHostBits(address: IpAddress, prefix: number, bit: 0 | 1): IpAddress {
  const width = address.length === 4 ? 8 : 16;
  return address.map((part, i) => {
    const hostBits = Math.min(width, Math.max(0, (i + 1) * width - prefix));
    const mask = 2 ** hostBits - 1;
    return bit === 1 ? part | mask : part & ~mask;
  });
}

function sameBits(a: IpAddress, b: IpAddress, count: number): boolean {
  const width = a.length === 4 ? 8 : 16;
  for (let i = 0; i < a.length && i * width < count; i++) {
    const drop = Math.max(0, (i + 1) * width - count);
    if ((a[i] ?? 0) >> drop !== (b[i] ?? 0) >> drop) return false;
  }
  return true;
}

/** True for `::ffff:a.b.c.d`. */
export function isMapped(address: IpAddress): boolean {
  return address.length === 8 && address[5] === 0xffff && address.every((word, at) => word === 0 || at >= 5);
}

/** The IPv4 address that an IPv4-mapped IPv6 address stands for; any other address as it is. */
export function unmapped(address: IpAddress): IpAddress {
  if (!isMapped(address)) return address;
  const [high = 0, low = 0] = address.slice(6);
  return [high >> 8, high & 255, low >> 8, low & 255];
}

// Characters that are refused.
//
// libvirt writes these values into dnsmasq's files line by line, and prints the mac, id and name of a dhcp host, the
// name of a portgroup and of a domain without escaping: a newline in a TXT value is a line of dnsmasq configuration
// (and runs programs as root), a quote in a host name is another XML attribute. So no value may hold a control character,
// and no name a quote, `<`, `>` or `&`. Host names stand in dnsmasq's comma, slash and blank separated lists.

export type ForbiddenCharacter = {
  /** In UTF-16 units, as spans count. */
  readonly index: number;
  readonly char: string;
  /** What is wrong with it, for messages: "a control character". */
  readonly reason: string;
};

/** Nothing to look at: what nearly every name is. */
const PLAIN = /^[A-Za-z0-9._:-]*$/;
const control = once(() => /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/u);
const controlInLines = once(() => /[^\P{Cc}\n\t]|[\p{Zl}\p{Zp}\p{Cs}\ufffe\uffff]/u);
const MARKUP = /["'<>&]/;
const NOT_IN_HOSTNAME = /[\s,/\\]/;
/** What is neither ASCII nor part of a word: invisible and bidirectional characters, look-alikes of dots and slashes. */
const noWord = once(() => /[^\p{L}\p{M}\p{N}\p{ASCII}]/u);

/** Where the value holds a character that is refused in values of its type, or null. Names have to be of one script. */
export function forbiddenCharacter(type: ValueType, value: string): ForbiddenCharacter | null {
  if (PLAIN.test(value)) return null;
  if (type.kind === 'text') {
    return firstMatch(value, type.lines === 'many' ? controlInLines() : control(), 'a control character');
  }
  return (
    firstMatch(value, control(), 'a control character') ??
    (type.kind === 'name' && type.escaped === true
      ? null
      : firstMatch(value, MARKUP, 'not allowed in names: libvirt does not escape it')) ??
    (type.kind === 'hostname'
      ? firstMatch(
          value,
          NOT_IN_HOSTNAME,
          'not allowed in host names: it separates names in the files of dnsmasq',
        )
      : null) ??
    firstMatch(value, noWord(), 'invisible, or easily taken for another character') ??
    firstMatch(value, piledMarks(), 'one of a pile of marks') ??
    lookAlike(value)
  );
}

/** No language piles them higher; and normalize(), asked below, takes quadratic time for long piles. */
const piledMarks = once(() => /(?<=\p{M}{4})\p{M}/u);

function firstMatch(value: string, pattern: RegExp, reason: string): ForbiddenCharacter | null {
  const index = value.search(pattern);
  return index < 0 ? null : { index, char: charAt(value, index), reason };
}

function charAt(value: string, index: number): string {
  return String.fromCodePoint(value.codePointAt(index) ?? 0);
}

/** The scripts of everyday writing (UAX #31, table 5). Those that are written together are one. */
const scripts = once((): readonly RegExp[] => [
  /\p{Script=Latin}/u,
  /\p{Script=Greek}/u,
  /\p{Script=Cyrillic}/u,
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Bopomofo}\p{Script=Hangul}]/u,
  /\p{Script=Arabic}/u,
  /\p{Script=Armenian}/u,
  /\p{Script=Bengali}/u,
  /\p{Script=Devanagari}/u,
  /\p{Script=Ethiopic}/u,
  /\p{Script=Georgian}/u,
  /\p{Script=Gujarati}/u,
  /\p{Script=Gurmukhi}/u,
  /\p{Script=Hebrew}/u,
  /\p{Script=Kannada}/u,
  /\p{Script=Khmer}/u,
  /\p{Script=Lao}/u,
  /\p{Script=Malayalam}/u,
  /\p{Script=Myanmar}/u,
  /\p{Script=Oriya}/u,
  /\p{Script=Sinhala}/u,
  /\p{Script=Tamil}/u,
  /\p{Script=Telugu}/u,
  /\p{Script=Thaana}/u,
  /\p{Script=Thai}/u,
  /\p{Script=Tibetan}/u,
]);
const anyScript = once(() => /[\p{Script=Common}\p{Script=Inherited}]/u);

/** The first character that makes a name look like another: of a second script, of an unusual one, or not in its composed form. */
function lookAlike(value: string): ForbiddenCharacter | null {
  const composed = value.normalize('NFKC');
  let script: RegExp | undefined;
  let index = 0;
  for (const char of value) {
    if (!composed.startsWith(char, index)) {
      return { index, char, reason: 'another way to write a character that has a simpler form' };
    }
    const same = anyScript().test(char) || script?.test(char);
    if (same !== true) {
      if (script !== undefined) {
        return { index, char, reason: 'of another script than the letters before it' };
      }
      script = scripts().find((one) => one.test(char));
      if (script === undefined) {
        return { index, char, reason: 'of a script that names are not written in' };
      }
    }
    index += char.length;
  }
  return null;
}
