// Numbers, addresses, MACs and UUIDs as libvirt's C code reads and prints them: more forgiving than its schema, and the
// measure of what a define accepts. values.ts says what Sluice itself takes for well-written.
//
// Sources: virStrToLong_uip and friends (virstring.c, over g_ascii_strtoull), virSocketAddrParse (getaddrinfo with
// AI_NUMERICHOST, so glibc's inet_aton and inet_pton), virMacAddrParse, virUUIDParse; tried on libvirtd 9.0.0.

export type Address =
  | { readonly family: 'ipv4'; readonly bits: number }
  /** Eight 16-bit words. */
  | { readonly family: 'ipv6'; readonly words: readonly number[] };

const DECIMAL = /^[ \t\n\v\f\r]*([+-]?)([0-9]+)$/;
const BASE_ZERO = /^[ \t\n\v\f\r]*([+-]?)(0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/;

/** A whole number up to `max`, leading blanks and `+` allowed, in base 10 or, as C's base 0, also `0x…` and octal `0…`; null otherwise. */
export function readUint(text: string, max: bigint, base: 10 | 0): bigint | null {
  const match = (base === 10 ? DECIMAL : BASE_ZERO).exec(text);
  if (match === null || match[1] === '-') return null;
  const value = magnitude(match[2]!, base);
  return value <= max ? value : null;
}

/** Like readUint up to 32 bits, but `-1` is 4294967295 and so on: virStrToLong_ui, which `mtu` and `virtualport` go through. */
export function readWrappingUint(text: string, base: 10 | 0): bigint | null {
  const match = (base === 10 ? DECIMAL : BASE_ZERO).exec(text);
  if (match === null) return null;
  const value = magnitude(match[2]!, base);
  if (value > UINT32) return null;
  return match[1] === '-' ? BigInt.asUintN(32, -value) : value;
}

export const UINT32 = 0xffff_ffffn;
export const UINT64 = 0xffff_ffff_ffff_ffffn;

/** Digits are few in honest input; a megabyte of them must not cost the square of their number in BigInt. */
function magnitude(digits: string, base: 10 | 0): bigint {
  const significant = digits.replace(/^0+(?=[0-9])/, '');
  if (significant.length > 24) return UINT64 + 1n;
  if (base === 0 && /^0[0-7]/.test(digits)) return BigInt(`0o${significant}`);
  return BigInt(significant);
}

/**
 * The address that getaddrinfo sees in `text`; null when it sees none. IPv4 also in the old forms (`10.1`, `0x0a000001`,
 * octal parts). An address with a zone (`fe80::1%eth0`) is null here: what it means depends on the machine.
 */
export function readAddress(text: string): Address | null {
  const plain = plainIPv4(text);
  if (plain >= 0) return { family: 'ipv4', bits: plain };
  const bits = oldIPv4(text);
  if (bits !== null) return { family: 'ipv4', bits };
  const words = ipv6Words(text);
  return words === null ? null : { family: 'ipv6', words };
}

/** The 32 bits of an IPv4 address in its usual form, four decimal parts; -1 for any other text. No garbage: called for every host. */
export function plainIPv4(text: string): number {
  const { length } = text;
  if (length < 7 || length > 15) return -1;
  let bits = 0;
  let part = 0;
  let digits = 0;
  let dots = 0;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c === 0x2e) {
      if (digits === 0 || ++dots > 3) return -1;
      bits = bits * 256 + part;
      part = 0;
      digits = 0;
    } else if (c >= 0x30 && c <= 0x39) {
      if (digits > 0 && part === 0) return -1;
      part = part * 10 + (c - 0x30);
      digits++;
      if (part > 255) return -1;
    } else return -1;
  }
  return dots === 3 && digits > 0 ? bits * 256 + part : -1;
}

function oldIPv4(text: string): number | null {
  if (text.length > 64) return null;
  const parts = text.split('.');
  if (parts.length > 4) return null;
  let bits = 0;
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i]!;
    if (!/^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9][0-9]*)$/.test(part)) return null;
    const value = Number(magnitude(part, 0));
    const last = i === parts.length - 1;
    const room = last ? 2 ** (8 * (4 - i)) : 256;
    if (value >= room) return null;
    bits = bits * room + value;
  }
  return bits;
}

function ipv6Words(text: string): number[] | null {
  if (text.length > 45 || !text.includes(':')) return null;
  let head = text;
  let tail: number[] = [];
  const colon = text.lastIndexOf(':');
  if (text.includes('.')) {
    const quad = plainIPv4(text.slice(colon + 1));
    if (quad < 0) return null;
    tail = [Math.floor(quad / 0x10000), quad % 0x10000];
    head = text.slice(0, colon + 1);
    // `::1.2.3.4` keeps its gap, `1:2:3:4:5:6:1.2.3.4` loses the colon before the quad
    if (!head.endsWith('::')) head = head.slice(0, -1);
  }
  const gap = head.indexOf('::');
  if (gap === -1) {
    const words = groups(head);
    return words !== null && words.length + tail.length === 8 ? [...words, ...tail] : null;
  }
  const left = gap === 0 ? [] : groups(head.slice(0, gap));
  const right = gap + 2 === head.length ? [] : groups(head.slice(gap + 2));
  if (left === null || right === null) return null;
  const missing = 8 - left.length - right.length - tail.length;
  // inet_pton lets `::` stand for a single zero word, not for none
  return missing < 1 ? null : [...left, ...new Array<number>(missing).fill(0), ...right, ...tail];
}

function groups(text: string): number[] | null {
  const words: number[] = [];
  for (const group of text.split(':')) {
    if (!/^[0-9a-fA-F]{1,4}$/.test(group)) return null;
    words.push(Number.parseInt(group, 16));
  }
  return words.length > 8 ? null : words;
}

/** As getnameinfo prints it: dotted decimal, or IPv6 with its longest run of zeros left out. */
export function addressText(address: Address): string {
  return address.family === 'ipv4' ? ipv4Text(address.bits) : ipv6Text(address.words);
}

export function ipv4Text(bits: number): string {
  return `${bits >>> 24}.${(bits >>> 16) & 255}.${(bits >>> 8) & 255}.${bits & 255}`;
}

function ipv6Text(words: readonly number[]): string {
  let start = -1;
  let length = 1;
  for (let i = 0; i < 8; i++) {
    let run = 0;
    while (i + run < 8 && words[i + run] === 0) run++;
    if (run > length) {
      start = i;
      length = run;
    }
    i += run;
  }
  const hex = (from: number, to: number): string =>
    words
      .slice(from, to)
      .map((word) => word.toString(16))
      .join(':');
  // inet_ntop writes IPv4-compatible (::1.2.3.4) and IPv4-mapped (::ffff:1.2.3.4) addresses with a dotted end
  const compatible = start === 0 && length === 6;
  const mapped = start === 0 && length === 5 && words[5] === 0xffff;
  if (compatible || mapped) return `${mapped ? '::ffff:' : '::'}${ipv4Text(words[6]! * 0x10000 + words[7]!)}`;
  return start === -1 ? hex(0, 8) : `${hex(0, start)}::${hex(start + length, 8)}`;
}

/** The number of leading ones of a netmask; -1 when ones follow a zero. */
export function netmaskLength(bits: number): number {
  const ones = Math.clz32(~bits);
  return ones === 32 || bits << ones === 0 ? ones : -1;
}

/** The first `prefix` bits of the address, the others zero. */
export function maskAddress(address: Address, prefix: number): Address {
  if (address.family === 'ipv4') return { family: 'ipv4', bits: maskBits(address.bits, prefix) };
  const words = address.words.map((word, i) => {
    const kept = Math.min(16, Math.max(0, prefix - 16 * i));
    return word & (0xffff << (16 - kept)) & 0xffff;
  });
  return { family: 'ipv6', words };
}

/** The first `prefix` of 32 bits, the others zero. */
function maskBits(bits: number, prefix: number): number {
  // a shift by 32 is a shift by 0 in JavaScript
  return prefix <= 0 ? 0 : (bits & (-1 << (32 - prefix))) >>> 0;
}

export function sameAddress(a: Address, b: Address): boolean {
  if (a.family === 'ipv4') return b.family === 'ipv4' && a.bits === b.bits;
  return b.family === 'ipv6' && a.words.every((word, i) => word === b.words[i]);
}

/**
 * Six bytes from a MAC, each of one or two digits; null when it is none. libvirt stops reading behind the sixth byte at a
 * blank, a control or a non-ASCII character (`*end_ptr <= ' '` on a signed char), so what follows there is not looked at.
 */
export function readMac(text: string): readonly number[] | null {
  const match =
    /^([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2}):([0-9a-fA-F]{1,2})(?:$|[\0- \u0080-\uffff])/.exec(
      text,
    );
  return match === null ? null : match.slice(1, 7).map((byte) => Number.parseInt(byte, 16));
}

/** virMacAddrFormat: two lower-case digits a byte. */
export function macText(bytes: readonly number[]): string {
  return bytes.map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}

/** A UUID in libvirt's lower-case form: 32 digits, dashes and blanks allowed between pairs; null when it is none. */
export function readUuid(text: string): string | null {
  const inner = text.replace(/^[ \t\n\v\f\r]+/, '');
  const match = /^((?:[- ]*[0-9a-fA-F]{2}){16})[ \t\n\v\f\r]*$/.exec(inner);
  if (match === null) return null;
  const digits = match[1]!.replace(/[- ]/g, '').toLowerCase();
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}
