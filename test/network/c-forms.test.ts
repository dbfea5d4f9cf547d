// Numbers, addresses, MACs and UUIDs as libvirt's C code reads them. The odd ones were tried on libvirtd 9.0.0.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  addressText,
  ipv4Text,
  macText,
  maskAddress,
  netmaskLength,
  plainIPv4,
  readAddress,
  readMac,
  readUint,
  readUuid,
  readWrappingUint,
  UINT32,
  UINT64,
} from '../../src/network/c-forms.ts';

const decimal = (text: string): string | null => readUint(text, UINT64, 10)?.toString() ?? null;
const base0 = (text: string): string | null => readUint(text, UINT32, 0)?.toString() ?? null;
const address = (text: string): string | null => {
  const read = readAddress(text);
  return read === null ? null : addressText(read);
};

describe('numbers', () => {
  test.each([
    ['7', '7'],
    ['007', '7'],
    [' \t\n7', '7'],
    ['+7', '7'],
    ['18446744073709551615', '18446744073709551615'],
    ['18446744073709551616', null],
    [`${'0'.repeat(50)}5`, '5'],
    ['9'.repeat(1_000_000), null],
    ['', null],
    ['-1', null],
    ['-0', null],
    ['7 ', null],
    ['7x', null],
    ['0x7', null],
    ['1.5', null],
    ['+', null],
  ])('decimal %j', (text, value) => {
    expect(decimal(text)).toBe(value);
  });

  test.each([
    ['0x1F', '31'],
    ['017', '15'],
    ['10', '10'],
    ['0', '0'],
    ['00', '0'],
    ['08', null],
    ['0x', null],
    ['0xg', null],
    ['0x100000000', null],
  ])('base 0 %j', (text, value) => {
    expect(base0(text)).toBe(value);
  });

  test.each([
    ['-1', '4294967295'],
    ['-4294967295', '1'],
    ['-4294967296', null],
    ['-0', '0'],
    ['4294967296', null],
    ['5', '5'],
  ])('wrapping %j', (text, value) => {
    expect(readWrappingUint(text, 10)?.toString() ?? null).toBe(value);
  });
});

describe('addresses', () => {
  test.each([
    ['10.0.0.1', '10.0.0.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['10.1', '10.0.0.1'],
    ['10.1.2', '10.1.0.2'],
    ['010.0.0.1', '8.0.0.1'],
    ['0x0a000001', '10.0.0.1'],
    ['4294967295', '255.255.255.255'],
    ['4294967296', null],
    ['256.1.1.1', null],
    ['10.0.0.09', null],
    ['10.0.0.1 ', null],
    [' 10.0.0.1', null],
    ['10.0.0.1.2', null],
    ['10..0.1', null],
    ['', null],
    ['.', null],
    ['localhost', null],
    ['FD00:0:0:0:0:0:0:1', 'fd00::1'],
    ['::', '::'],
    ['1::', '1::'],
    ['0:0:1:2:3:4:5:6', '::1:2:3:4:5:6'],
    ['1:0:0:2::', '1:0:0:2::'],
    ['1:2:0:4:5:6:7:8', '1:2:0:4:5:6:7:8'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::ffff:1.2.3.4', '::ffff:1.2.3.4'],
    ['::1.2.3.4', '::1.2.3.4'],
    ['::1:2', '::0.1.0.2'],
    ['::1:0:0', '::1:0:0'],
    ['64:ff9b::1.2.3.4', '64:ff9b::102:304'],
    ['1:2:3:4:5:6:1.2.3.4', '1:2:3:4:5:6:102:304'],
    ['1:2:3:4:5:6:7:8:9', null],
    ['1:2:3:4:5:6:7', null],
    ['1::2::3', null],
    [':::', null],
    [':1', null],
    ['1:', null],
    ['12345::', null],
    ['::1.2.3', null],
    ['::01.2.3.4', null],
    ['fe80::1%eth0', null],
    ['[::1]', null],
  ])('%j', (text, value) => {
    expect(address(text)).toBe(value);
  });

  test('print and read are inverse', () => {
    const words = fc.array(fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff })), {
      minLength: 8,
      maxLength: 8,
    });
    fc.assert(
      fc.property(words, (eight) => {
        expect(readAddress(addressText({ family: 'ipv6', words: eight }))).toEqual({
          family: 'ipv6',
          words: eight,
        });
      }),
      { numRuns: 300 },
    );
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 0xffff_ffff }), (bits) => {
        expect(plainIPv4(ipv4Text(bits))).toBe(bits);
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ['255.255.255.0', 24],
    ['255.255.255.255', 32],
    ['0.0.0.0', 0],
    ['128.0.0.0', 1],
    ['255.0.255.0', -1],
    ['0.0.0.1', -1],
  ])('netmask %s', (mask, length) => {
    expect(netmaskLength(plainIPv4(mask))).toBe(length);
  });

  test.each([
    ['10.1.2.3', 8, '10.0.0.0'],
    ['10.1.2.3', 0, '0.0.0.0'],
    ['10.1.2.3', 32, '10.1.2.3'],
    ['200.1.2.255', 25, '200.1.2.128'],
    ['fd00:1:2:3:4:5:6:7', 64, 'fd00:1:2:3::'],
    ['fd00:1:2:3:4:5:6:7', 1, '8000::'],
    ['fd00:1:2:3:4:5:6:7', 128, 'fd00:1:2:3:4:5:6:7'],
    ['fd00:1:2:3:4:5:6:7', 0, '::'],
  ])('%s/%i', (text, prefix, network) => {
    const read = readAddress(text);
    expect(read === null ? null : addressText(maskAddress(read, prefix))).toBe(network);
  });
});

describe('identities', () => {
  test.each([
    ['52:54:00:AA:bb:0', '52:54:00:aa:bb:00'],
    ['1:2:3:4:5:6', '01:02:03:04:05:06'],
    ['52:54:00:aa:bb:cc rest', '52:54:00:aa:bb:cc'],
    ['52:54:00:aa:bb:ccé', '52:54:00:aa:bb:cc'],
    ['52:54:00:aa:bb:ccx', null],
    ['52:54:00:aa:bb:ccc', null],
    ['52:54:00:aa:bb', null],
    ['52-54-00-aa-bb-cc', null],
    [' 52:54:00:aa:bb:cc', null],
    ['', null],
  ])('mac %j', (text, value) => {
    const mac = readMac(text);
    expect(mac === null ? null : macText(mac)).toBe(value);
  });

  const uuid = '81ff0d90-c91e-6742-64da-4a736edb9a9b';
  test.each([
    [uuid, uuid],
    [uuid.toUpperCase(), uuid],
    [uuid.replaceAll('-', ''), uuid],
    [` \n${uuid}\t `, uuid],
    ['81-ff 0d90c91e--6742 64da4a736edb9a9b', uuid],
    ['8-1ff0d90c91e674264da4a736edb9a9b', null],
    [`${uuid}0`, null],
    [`${uuid}-`, null],
    [uuid.slice(1), null],
    ['', null],
    [' '.repeat(100_000), null],
  ])('uuid %j', (text, value) => {
    expect(readUuid(text)).toBe(value);
  });
});
