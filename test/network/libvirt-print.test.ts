// How libvirt prints a network. The cases of its own tests; its odd habits, one by one; and that its print of its print is
// its print. test/integration/libvirt-print.test.ts asks a real daemon.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { diffDocuments } from '../../src/diff/diff.ts';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { checkParse, checkResult } from '../../src/network/rules.ts';
import { randomNetwork, randomOf } from '../integration/random-network.ts';
import { document } from './rules-document.ts';

const CORPUS = new URL('../../../shared/corpus/', import.meta.url);
const missing = !existsSync(CORPUS);

type Case = {
  readonly name: string;
  readonly in: string;
  readonly out: string | null;
  readonly expect: string;
};

describe.skipIf(missing)(`libvirt's own cases${missing ? ' (skipped: the corpus is not here)' : ''}`, () => {
  const file = (name: string): string => readFileSync(new URL(name, CORPUS), 'utf8');
  const cases: readonly Case[] = missing ? [] : (JSON.parse(file('xml2xml-cases.json')) as readonly Case[]);

  test.each(cases.filter((one) => one.out !== null))('$name', ({ in: input, out }) => {
    const doc = document(file(input));
    expect(checkParse(doc)).toEqual([]);
    expect(printAsLibvirt(doc)).toBe(file(out ?? ''));
  });

  test.each(cases.filter((one) => one.expect !== 'ok'))('$name is an error', ({ in: input }) => {
    expect(checkParse(document(file(input))).map((d) => d.severity)).toContain('error');
  });
});

/** What is printed between `<name>n</name>` and `</network>`, without its indentation of two. */
function printed(inner: string, root = '<network>'): string {
  const text = printAsLibvirt(document(`${root}<name>n</name>${inner}</network>`));
  const lines = text.split('\n');
  expect(lines[0]).toMatch(/^<network/);
  expect(lines[1]).toBe('  <name>n</name>');
  expect(lines.slice(-2)).toEqual(['</network>', '']);
  return lines
    .slice(2, -2)
    .map((line) => line.slice(2))
    .join('\n');
}

const BRIDGE = "<bridge stp='on' delay='0'/>";
/** Without the bridge that libvirt makes in most modes. */
const besideBridge = (inner: string): string => printed(inner).replace(`${BRIDGE}\n`, '').replace(BRIDGE, '');

describe('odd habits', () => {
  test.each([
    ['an isolated network has a bridge', '', BRIDGE],
    ['any stp but off is on', "<bridge stp='maybe' name='b'/>", "<bridge name='b' stp='on' delay='0'/>"],
    ['a delay is signed', "<bridge delay='18446744073709551615'/>", "<bridge stp='on' delay='-1'/>"],
    ['mode none is no forward', "<forward mode='none' dev='x'/>", BRIDGE],
    [
      'a host bridge has no stp',
      "<forward mode='bridge'/><bridge name='b' delay='0' macTableManager='kernel'/>",
      "<forward mode='bridge'/>\n<bridge name='b' macTableManager='kernel'/>",
    ],
    ['no bridge in other modes', "<forward mode='vepa'/><bridge/>", "<forward mode='vepa'/>"],
    [
      'dev gives an interface',
      "<forward mode='bridge' dev='a'/>",
      "<forward dev='a' mode='bridge'>\n  <interface dev='a'/>\n</forward>",
    ],
    [
      'an interface gives dev',
      "<forward mode='bridge'><interface dev='a'/><interface dev='b'/></forward>",
      "<forward dev='a' mode='bridge'>\n  <interface dev='a'/>\n  <interface dev='b'/>\n</forward>",
    ],
    [
      'a pf does not',
      "<forward mode='passthrough'><pf dev='a'/></forward>",
      "<forward mode='passthrough'>\n  <pf dev='a'/>\n</forward>",
    ],
    [
      'interfaces win over a pf',
      "<forward mode='bridge'><pf dev='b'/><interface dev='a'/></forward>",
      "<forward dev='a' mode='bridge'>\n  <interface dev='a'/>\n</forward>",
    ],
    [
      'managed is for hostdev, always',
      "<forward mode='hostdev'><pf dev='a'/></forward>",
      "<forward mode='hostdev' managed='no'>\n  <pf dev='a'/>\n</forward>",
    ],
    [
      'pci addresses',
      "<forward mode='hostdev' managed='YES'><driver name='vfio'/><address type='pci' bus='0x3' slot='20' function='07'/></forward>",
      "<forward mode='hostdev' managed='yes'>\n  <driver name='vfio'/>\n  <address type='pci' domain='0x0000' bus='0x03' slot='0x14' function='0x7'/>\n</forward>",
    ],
    ['no mtu of 0', "<mtu size='0'/>", BRIDGE],
    ['title and description are of later versions', '<title>t</title><description>d</description>', BRIDGE],
  ])('%s', (_, inner, expected) => {
    expect(printed(inner)).toBe(expected);
  });

  test.each([
    ['mac in small letters', "<mac address='52:54:0:E6:A2:C9'/>", "<mac address='52:54:00:e6:a2:c9'/>"],
    ['a domain without a name is none', "<domain localOnly='yes'/>", ''],
    ['an empty domain is one', "<domain name=''/>", "<domain name=''/>"],
    ['an empty dns is none', '<dns/>', ''],
    [
      'three states',
      "<dns enable='yes'/><port isolated='no'/>",
      "<dns enable='yes'/>\n<port isolated='no'/>",
    ],
    [
      'dns in order',
      "<dns forwardPlainNames='no'><host ip='10.0.0.9'><hostname>a&amp;b</hostname><hostname/></host><srv service='s' protocol='tcp' target='t' priority='0' port='7'/><txt name='n' value='\"&apos;&lt;'/><forwarder addr='8.8.8.8' domain='d'/></dns>",
      "<dns forwardPlainNames='no'>\n  <forwarder domain='d' addr='8.8.8.8'/>\n  <txt name='n' value='&quot;&apos;&lt;'/>\n  <srv service='s' protocol='tcp' target='t' port='7'/>\n  <host ip='10.0.0.9'>\n    <hostname>a&amp;b</hostname>\n  </host>\n</dns>",
    ],
    ['an ip is always opened', "<ip address='10.0.0.1' prefix='0'/>", "<ip address='10.0.0.1'>\n</ip>"],
    [
      'addresses in their short form',
      "<ip family='ipv6' address='FD00:0:0:0::00:1' prefix='064'/>",
      "<ip family='ipv6' address='fd00::1' prefix='64'>\n</ip>",
    ],
    [
      'old forms of addresses',
      "<ip address='10.1' netmask='0xff000000'/>",
      "<ip address='10.0.0.1' netmask='255.0.0.0'>\n</ip>",
    ],
    [
      'a dhcp of bootp alone is lost',
      "<ip address='10.0.0.1'><dhcp><bootp file='f'/></dhcp></ip>",
      "<ip address='10.0.0.1'>\n</ip>",
    ],
    [
      'no bootp with IPv6',
      "<ip family='ipv6' address='fd00::1'><dhcp><bootp file='f'/><host name='a' ip='fd00::2'/></dhcp></ip>",
      "<ip family='ipv6' address='fd00::1'>\n  <dhcp>\n    <host name='a' ip='fd00::2'/>\n  </dhcp>\n</ip>",
    ],
    [
      'dhcp in order, a host mac as it is written',
      "<ip address='10.0.0.1'><dhcp><bootp server='10.0.0.9' file='f'/><host ip='10.0.0.2' name='h' mac='52:54:0:E6:A2:C9'/><range end='10.0.0.9' start='10.0.0.3'/></dhcp><tftp root='/r'/></ip>",
      "<ip address='10.0.0.1'>\n  <tftp root='/r'/>\n  <dhcp>\n    <range start='10.0.0.3' end='10.0.0.9'/>\n    <host mac='52:54:0:E6:A2:C9' name='h' ip='10.0.0.2'/>\n    <bootp file='f' server='10.0.0.9'/>\n  </dhcp>\n</ip>",
    ],
    [
      'leases say their unit, but for ever',
      "<ip address='10.0.0.1'><dhcp><host name='a' ip='10.0.0.2'><lease expiry='0x10'/></host><host name='b' ip='10.0.0.3'><lease expiry='0' unit='hours'/></host><host name='c' ip='10.0.0.4'><lease unit='hours'/></host></dhcp></ip>",
      "<ip address='10.0.0.1'>\n  <dhcp>\n    <host name='a' ip='10.0.0.2'>\n      <lease expiry='16' unit='minutes'/>\n    </host>\n    <host name='b' ip='10.0.0.3'>\n      <lease expiry='0'/>\n    </host>\n    <host name='c' ip='10.0.0.4'/>\n  </dhcp>\n</ip>",
    ],
    [
      'the last lease counts',
      "<ip address='10.0.0.1'><dhcp><host name='a' ip='10.0.0.2'><lease expiry='5'/><lease/><lease expiry='7'/></host></dhcp></ip>",
      "<ip address='10.0.0.1'>\n  <dhcp>\n    <host name='a' ip='10.0.0.2'>\n      <lease expiry='7' unit='minutes'/>\n    </host>\n  </dhcp>\n</ip>",
    ],
    [
      'a route keeps a prefix of 0',
      "<route gateway='10.0.0.2' address='0.0.0.0' prefix='0' metric='3'/>",
      "<route address='0.0.0.0' prefix='0' gateway='10.0.0.2' metric='3'/>",
    ],
    [
      'several tags are a trunk',
      "<vlan><tag id='1'/><tag nativeMode='tagged' id='02'/></vlan>",
      "<vlan trunk='yes'>\n  <tag id='1'/>\n  <tag id='2' nativeMode='tagged'/>\n</vlan>",
    ],
    [
      'a trunk of one',
      "<vlan trunk='YES'><tag id='1'/></vlan>",
      "<vlan trunk='yes'>\n  <tag id='1'/>\n</vlan>",
    ],
    ['no trunk', "<vlan trunk='no'><tag id='1'/></vlan>", "<vlan>\n  <tag id='1'/>\n</vlan>"],
    [
      'bandwidth without zeros',
      "<bandwidth><outbound average='0' peak='5'/><inbound burst='0' peak='6' average='7'/></bandwidth>",
      "<bandwidth>\n  <inbound average='7' peak='6'/>\n</bandwidth>",
    ],
    [
      'bandwidth of nothing',
      "<bandwidth><inbound average='0'/></bandwidth><portgroup name='p'><bandwidth/></portgroup>",
      "<bandwidth>\n</bandwidth>\n<portgroup name='p'>\n</portgroup>",
    ],
    [
      'portgroups in order',
      "<portgroup name='p' default='YES' trustGuestRxFilters='no'><bandwidth><inbound average='1'/></bandwidth><virtualport><parameters profileid='x'/></virtualport><vlan><tag id='1'/></vlan></portgroup>",
      "<portgroup name='p' default='yes' trustGuestRxFilters='no'>\n  <vlan>\n    <tag id='1'/>\n  </vlan>\n  <virtualport>\n    <parameters profileid='x'/>\n  </virtualport>\n  <bandwidth>\n    <inbound average='1'/>\n  </bandwidth>\n</portgroup>",
    ],
    [
      'numbers of virtualports in decimal',
      "<virtualport type='802.1Qbg'><parameters typeid='0x10' instanceid='09B11C53-8B5C-4EEB-8F00-D84EAA0AAA4F' managerid='017'/></virtualport>",
      "<virtualport type='802.1Qbg'>\n  <parameters managerid='15' typeid='16' instanceid='09b11c53-8b5c-4eeb-8f00-d84eaa0aaa4f'/>\n</virtualport>",
    ],
    [
      'parameters of nothing',
      "<virtualport type='midonet'><parameters/></virtualport><portgroup name='p'><virtualport/></portgroup>",
      "<virtualport type='midonet'/>\n<portgroup name='p'>\n</portgroup>",
    ],
    [
      'unknown things and comments are lost',
      "<!-- c --><flood/><domain name='d' x='y'>text</domain>",
      "<domain name='d'/>",
    ],
    ['the first of what there is one of', "<domain name='a'/><domain name='b'/>", "<domain name='a'/>"],
  ])('%s', (_, inner, expected) => {
    expect(besideBridge(inner)).toBe(expected);
  });

  test('nat', () => {
    const nat = (inner: string): string =>
      printed(`<forward>${inner}</forward><ip address='10.0.0.1'/>`).split('\n<bridge')[0] ?? '';
    expect(nat('')).toBe("<forward mode='nat'/>");
    expect(nat("<nat><port start='0' end='0'/></nat>")).toBe("<forward mode='nat'/>");
    expect(nat("<nat ipv6='no'/>")).toBe("<forward mode='nat'>\n  <nat ipv6='no'/>\n</forward>");
    expect(
      nat(
        "<nat><port end='9' start='0'/><address end='10.0.0.9' start='10.0.0.8'/></nat><interface dev='a'/>",
      ),
    ).toBe(
      "<forward dev='a' mode='nat'>\n  <nat>\n    <address start='10.0.0.8' end='10.0.0.9'/>\n    <port start='0' end='9'/>\n  </nat>\n  <interface dev='a'/>\n</forward>",
    );
  });

  test('attributes of the network', () => {
    const first = (root: string): string =>
      printAsLibvirt(document(`${root}<name>n</name></network>`)).split('\n')[0] ?? '';
    expect(first("<network connections='3' trustGuestRxFilters='no' ipv6='yes'>")).toBe(
      "<network ipv6='yes' trustGuestRxFilters='no'>",
    );
    expect(first("<network ipv6='no'>")).toBe('<network>');
  });

  test('dnsmasq options, under whichever prefix, of all their elements', () => {
    const options = (value: string): string => `<q:options><q:option value='${value}'/></q:options>`;
    const text = printAsLibvirt(
      document(
        `<network xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><name>n</name>${options('a=b')}${options('c')}</network>`,
      ),
    );
    expect(text).toBe(
      `<network xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'>\n  <name>n</name>\n  ${BRIDGE}\n  <dnsmasq:options>\n    <dnsmasq:option value='a=b'/>\n    <dnsmasq:option value='c'/>\n  </dnsmasq:options>\n</network>\n`,
    );
  });
});

describe('metadata', () => {
  const metadata = (inner: string, root = '<network>'): string => {
    const [text = ''] = printed(`<metadata>${inner}</metadata>`, root).split(`\n${BRIDGE}`);
    return text;
  };

  test.each([
    [
      'is indented anew',
      "<a:x xmlns:a='urn:a'>\n<a:y><a:z/></a:y></a:x>",
      '<metadata>\n  <a:x xmlns:a="urn:a">\n    <a:y>\n      <a:z/>\n    </a:y>\n  </a:x>\n</metadata>',
    ],
    [
      'but not where text is',
      "<a:x xmlns:a='urn:a'> t <b/> <c> <d/> </c></a:x>",
      '<metadata>\n  <a:x xmlns:a="urn:a"> t <b/> <c><d/></c></a:x>\n</metadata>',
    ],
    [
      'blanks alone are text',
      "<a:x xmlns:a='urn:a'> </a:x>",
      '<metadata>\n  <a:x xmlns:a="urn:a"> </a:x>\n</metadata>',
    ],
    [
      'keeps comments inside, CDATA and escapes',
      "<!-- no --><a:x xmlns:a='urn:a' k='\"&#9;é'><!-- yes --><b><![CDATA[<]]>&lt;é</b></a:x>",
      '<metadata>\n  <a:x xmlns:a="urn:a" k="&quot;&#9;&#xE9;">\n    <!-- yes -->\n    <b><![CDATA[<]]>&lt;é</b>\n  </a:x>\n</metadata>',
    ],
    [
      'the first of each namespace, none without',
      "<a:x xmlns:a='urn:a'/>text<b/><c:x xmlns:c='urn:a'/><d:x xmlns:d='urn:d'/>",
      '<metadata>\n  <a:x xmlns:a="urn:a"/>\n  <d:x xmlns:d="urn:d"/>\n</metadata>',
    ],
    ['of nothing', '<b/>', '<metadata/>'],
  ])('%s', (_, inner, expected) => {
    expect(metadata(inner)).toBe(expected);
  });

  test('declares what was declared above it', () => {
    expect(
      metadata("<o:x><y p:k='1'/></o:x>", "<network xmlns:p='urn:p' xmlns:o='urn:o' xmlns:q='urn:q'>"),
    ).toBe('<metadata xmlns:o="urn:o" xmlns:p="urn:p">\n  <o:x>\n    <y p:k="1"/>\n  </o:x>\n</metadata>');
  });
});

describe('random networks', () => {
  const seed = Date.now() % 2 ** 31;
  const random = randomOf(seed);

  test("libvirt's print of its print is its print", () => {
    let stable = 0;
    for (let i = 0; i < 300; i++) {
      // libxml2 tells blanks before a carriage return from others, so metadata with CRLF settles only in the second print
      const doc = document(randomNetwork(random, 'n', 0, 0.1).replaceAll('\r\n', '\n'));
      if (checkParse(doc).length > 0) continue;
      const once = printAsLibvirt(doc);
      // the one thing that libvirt prints and then drops: a bandwidth whose limits are all 0
      if (/<bandwidth>\s*<\/bandwidth>/.test(once)) continue;
      expect(printAsLibvirt(document(once)), `seed ${seed}, network ${i}`).toBe(once);
      stable++;
    }
    expect(stable).toBeGreaterThan(100);
  });

  test('what is accepted in a result, libvirt prints back (rule 2)', () => {
    let compared = 0;
    for (let i = 0; i < 300; i++) {
      const xml = randomNetwork(random, 'n', 0.02, 0);
      const doc = document(xml);
      if (checkResult(null, doc).some((d) => d.severity === 'error')) continue;
      const changes = diffDocuments(doc, document(printAsLibvirt(doc)), 'config');
      // those two libvirt keeps from 9.7 on, metadata is reduced to what it keeps
      const lost = changes.filter(
        ({ kind, pair }) => kind !== 'opaque' && !['title', 'description'].includes(pair.spec?.name ?? ''),
      );
      expect(
        lost.map(({ op, pair }) => `${op} ${pair.spec?.name}`),
        `seed ${seed}, network ${i}: ${xml}`,
      ).toEqual([]);
      compared++;
    }
    expect(compared).toBeGreaterThan(50);
  });
});
