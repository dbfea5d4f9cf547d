// What an element means: rules 1, 2, 5 of docs/changes.md.

import { describe, expect, test } from 'vitest';
import {
  childrenOf,
  effectiveAttr,
  isAbsentEquivalent,
  keyOf,
  meaningOf,
} from '../../src/network/meaning.ts';
import { keyText } from '../../src/network/path.ts';
import type { ElementSpec } from '../../src/network/spec.ts';
import { networkSpec, specAt } from '../../src/network/table.ts';
import { withChildren } from '../../src/xml/document.ts';
import { element } from './read.ts';

function spec(path: string): ElementSpec {
  const found = specAt(path === '' ? [] : path.split('.'));
  if (found === null) throw new Error(`no ${path} in the table`);
  return found;
}

/** `a=1 b=2(default) "text" !unknown=x ~stray~`; a written form that differs follows in brackets. */
function means(path: string, xml: string): string {
  const meaning = meaningOf(spec(path), element(xml));
  const said: string[] = [];
  for (const [name, { value, written }] of meaning.attrs) {
    said.push(`${name}=${value}${written === null ? '(default)' : written === value ? '' : `[${written}]`}`);
  }
  for (const [name, value] of meaning.implied) said.push(`${name}:=${value}`);
  if (meaning.text !== null) said.push(JSON.stringify(meaning.text.value));
  for (const attr of meaning.unknownAttrs)
    said.push(`!${attr.ns === '' ? '' : `{${attr.ns}}`}${attr.local}=${attr.value}`);
  if (meaning.strayText !== null) said.push(`~${meaning.strayText}~`);
  return said.join(' ');
}

describe('attributes and text', () => {
  test.each([
    // defaults count as written (rule 2)
    ['bridge', `<bridge name='virbr0'/>`, 'name=virbr0 stp=on(default) delay=0(default)'],
    ['bridge', `<bridge name='virbr0' stp='on' delay='0'/>`, 'name=virbr0 stp=on delay=0'],
    ['bridge', `<bridge stp='whatever' delay='010'/>`, 'stp=on[whatever] delay=10[010]'],
    ['domain', `<domain name='example.com'/>`, 'name=example.com localOnly=no(default)'],
    ['forward', `<forward/>`, 'mode=nat(default) managed=no(default)'],
    ['forward', `<forward dev='eth0' mode='route'/>`, 'mode=route managed=no(default)'],
    ['portgroup', `<portgroup name='p' default='YES'/>`, 'name=p default=yes[YES]'],
    [
      'dns.srv',
      `<srv service='ldap' protocol='tcp'/>`,
      'service=ldap protocol=tcp port=0(default) priority=0(default) weight=0(default)',
    ],
    ['bandwidth.inbound', `<inbound average='1000'/>`, 'average=1000'],
    ['forward.interface', `<interface dev='eth0' connections='3'/>`, 'dev=eth0'],
    // netmask, family and class guess are the prefix (rule 1)
    [
      'ip',
      `<ip address='10.0.0.1' netmask='255.255.255.0'/>`,
      'address=10.0.0.1 prefix=24[255.255.255.0] localPtr=no(default)',
    ],
    [
      'ip',
      `<ip family='ipv4' address='10.0.0.1' prefix='24'/>`,
      'address=10.0.0.1 prefix=24 localPtr=no(default)',
    ],
    ['ip', `<ip address='10.0.0.1'/>`, 'address=10.0.0.1 prefix=8(default) localPtr=no(default)'],
    ['ip', `<ip address='127.255.0.1'/>`, 'address=127.255.0.1 prefix=8(default) localPtr=no(default)'],
    ['ip', `<ip address='128.0.0.1'/>`, 'address=128.0.0.1 prefix=16(default) localPtr=no(default)'],
    ['ip', `<ip address='192.168.122.1'/>`, 'address=192.168.122.1 prefix=24(default) localPtr=no(default)'],
    ['ip', `<ip address='224.0.0.1'/>`, 'address=224.0.0.1 localPtr=no(default)'],
    [
      'ip',
      `<ip family='ipv6' address='FD00::1'/>`,
      'address=fd00::1[FD00::1] prefix=64(default) localPtr=no(default)',
    ],
    ['ip', `<ip address='10.0.0.1' prefix='0'/>`, 'address=10.0.0.1 prefix=8(default) localPtr=no(default)'],
    [
      'ip',
      `<ip address='10.0.0.1' prefix='0' netmask='255.255.0.0'/>`,
      'address=10.0.0.1 prefix=16[255.255.0.0] localPtr=no(default)',
    ],
    [
      'ip',
      `<ip address='10.0.0.1' netmask='255.0.255.0'/>`,
      'address=10.0.0.1 prefix=255.0.255.0 localPtr=no(default)',
    ],
    ['ip', `<ip address='10.0.0.1' prefix='24x'/>`, 'address=10.0.0.1 prefix=24x localPtr=no(default)'],
    ['ip', `<ip address='010.0.0.1'/>`, 'address=010.0.0.1 localPtr=no(default)'],
    [
      'route',
      `<route address='0.0.0.0' gateway='10.0.0.2'/>`,
      'address=0.0.0.0 prefix=0(default) gateway=10.0.0.2',
    ],
    [
      'route',
      `<route address='10.1.0.0' prefix='0' gateway='10.0.0.2'/>`,
      'address=10.1.0.0 prefix=0 gateway=10.0.0.2',
    ],
    [
      'route',
      `<route address='10.1.0.0' netmask='255.255.0.0' gateway='10.0.0.2' metric='02'/>`,
      'address=10.1.0.0 prefix=16[255.255.0.0] gateway=10.0.0.2 metric=2[02]',
    ],
    // expiry is in seconds (rule 1), 0 is for ever
    ['ip.dhcp.host.lease', `<lease expiry='5'/>`, 'expiry=300[5]'],
    ['ip.dhcp.host.lease', `<lease expiry='2' unit='hours'/>`, 'expiry=7200[2]'],
    ['ip.dhcp.range.lease', `<lease expiry='120' unit='seconds'/>`, 'expiry=120'],
    ['ip.dhcp.range.lease', `<lease expiry='0' unit='hours'/>`, 'expiry=0'],
    [
      'ip.dhcp.range.lease',
      `<lease expiry='18446744073709551615' unit='hours'/>`,
      'expiry=66408278665354385814000[18446744073709551615]',
    ],
    ['ip.dhcp.range.lease', `<lease expiry='1' unit='days'/>`, 'expiry=1 days[1]'],
    ['ip.dhcp.range.lease', `<lease expiry='soon' unit='hours'/>`, 'expiry=soon'],
    ['ip.dhcp.range.lease', `<lease unit='hours'/>`, ''],
    // canonical forms
    [
      'ip.dhcp.host',
      `<host mac='52:54:0:3E:77:E2' ip='10.0.0.5' name='Web'/>`,
      'mac=52:54:00:3e:77:e2[52:54:0:3E:77:E2] name=Web ip=10.0.0.5',
    ],
    [
      'forward.address',
      `<address type='pci' bus='3' slot='0x00' function='1'/>`,
      'type=pci domain=0x0000(default) bus=0x03[3] slot=0x00 function=0x1[1]',
    ],
    [
      'virtualport.parameters',
      `<parameters managerid='0x0b' typeid='010'/>`,
      'managerid=11[0x0b] typeid=8[010]',
    ],
    // trunk only restates several tags
    ['vlan', `<vlan><tag id='1'/></vlan>`, 'trunk=no(default)'],
    ['vlan', `<vlan trunk='YES'><tag id='1'/></vlan>`, 'trunk=yes[YES]'],
    ['vlan', `<vlan><tag id='1'/><tag id='2'/></vlan>`, 'trunk:=yes'],
    ['vlan', `<vlan trunk='no'><tag id='1'/><x:tag xmlns:x='urn:x'/></vlan>`, 'trunk=no'],
    // text
    ['name', `<name>default</name>`, '"default"'],
    ['name', `<name>a<!-- b -->c<![CDATA[d]]></name>`, '"acd"'],
    [
      'uuid',
      `<uuid> 81FF0D90-c91e-6742-64da-4a736edb9a9b\n</uuid>`,
      '"81ff0d90-c91e-6742-64da-4a736edb9a9b"',
    ],
    ['dns.host.hostname', `<hostname>\nweb</hostname>`, '"\\nweb"'],
    // the unknown
    [
      'bridge',
      `<bridge name='b' flood='no' x:name='y' xmlns:x='urn:x' xml:lang='en'/>`,
      'name=b stp=on(default) delay=0(default) !flood=no !{urn:x}name=y !{http://www.w3.org/XML/1998/namespace}lang=en',
    ],
    ['ip.dhcp', `<dhcp> a <range/> b </dhcp>`, '~a  b~'],
    ['ip.dhcp', `<dhcp>\n\t<range/>\r\n</dhcp>`, ''],
    ['ip.dhcp', `<dhcp><![CDATA[ ]]></dhcp>`, ''],
    ['bandwidth', `<bandwidth classID='1'/>`, '!classID=1'],
    [
      'dnsmasq:options.dnsmasq:option',
      `<q:option xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0' value='a=b'/>`,
      'value=a=b',
    ],
  ])('%s: %s', (path, xml, expected) => expect(means(path, xml)).toBe(expected));

  test('one attribute is read as the whole meaning says', () => {
    const host = element(`<host mac='52:54:00:3E:77:E2' ip='10.0.0.5'/>`);
    expect(effectiveAttr(spec('ip.dhcp.host'), host, 'mac')).toEqual({
      value: '52:54:00:3e:77:e2',
      written: '52:54:00:3E:77:E2',
    });
    expect(effectiveAttr(spec('ip.dhcp.host'), host, 'name')).toBeNull();
    expect(effectiveAttr(spec('ip.dhcp.host'), host, 'flood')).toBeNull();
    expect(
      effectiveAttr(spec('ip'), element(`<ip address='10.0.0.1' netmask='255.0.0.0'/>`), 'netmask'),
    ).toBeNull();
  });
});

/** `name[key]` of each child, `name!` for a surplus one, `?name` for an unknown one. */
function children(path: string, xml: string): string {
  return childrenOf(spec(path), element(xml))
    .map(
      (child) =>
        `${child.spec === null ? '?' : ''}${child.element.name}${child.key === null ? '' : `[${keyText(child.key)}]`}${child.surplus ? '!' : ''}`,
    )
    .join(' ');
}

describe('children', () => {
  test.each([
    ['', `<network><name>a</name><!-- x --><dns/><ip address='10.0.0.1'/></network>`, 'name ip[10.0.0.1]'],
    [
      '',
      `<network><name>a</name><flood/><x:ip xmlns:x='urn:x'/><options/></network>`,
      'name ?flood ?x:ip ?options',
    ],
    [
      '',
      `<network><q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='x'/></q:options></network>`,
      'q:options',
    ],
    // libvirt reads the first of what there is one of, be it empty or not
    ['', `<network><domain name='a'/><domain name='b'/></network>`, 'domain domain!'],
    ['', `<network><domain/><domain name='b'/></network>`, 'domain!'],
    ['', `<network><domain name='a'/><domain/></network>`, 'domain'],
    // keys
    [
      'ip.dhcp',
      `<dhcp><range start='10.0.0.2' end='10.0.0.9'/><host mac='52:54:00:00:00:0A' name='n' ip='10.0.0.5'/><host name='n' ip='10.0.0.6'/><host id='0:1:2' name='n' ip='fd00::1'/><host ip='10.0.0.7'/></dhcp>`,
      'range[10.0.0.2-10.0.0.9] host[52:54:00:00:00:0a] host[n] host[00:01:02] host',
    ],
    [
      'dns',
      `<dns><forwarder addr='8.8.8.8'/><forwarder domain='a.b' addr='FD00::1'/><forwarder domain='c'/><forwarder/></dns>`,
      'forwarder[8.8.8.8/] forwarder[fd00::1/a.b] forwarder[/c] forwarder',
    ],
    [
      'dns',
      `<dns><srv service='ldap' protocol='tcp'/><srv service='x' protocol='udp' domain='d' target='t'/><txt name='a,b' value=''/><host ip='10.0.0.1'/></dns>`,
      'srv[ldap/tcp//] srv[x/udp/d/t] txt["a,b"] host[10.0.0.1]',
    ],
    [
      'dns.host',
      `<host ip='10.0.0.1'><hostname>a</hostname><hostname>b c</hostname><hostname/></host>`,
      'hostname[a] hostname["b c"] hostname',
    ],
    [
      '',
      `<network><route address='10.1.0.0' netmask='255.255.0.0' gateway='10.0.0.1'/><route family='ipv6' address='FD01::' gateway='fd00::1'/><portgroup name='p'/></network>`,
      'route[10.1.0.0/16] route[fd01::/64] portgroup[p]',
    ],
    ['vlan', `<vlan><tag id='042'/></vlan>`, 'tag[42]'],
    [
      'forward',
      `<forward mode='hostdev'><address type='pci' domain='0' bus='0x3' slot='0' function='1'/><address type='pci'/></forward>`,
      'address[0x0000/0x03/0x00/0x1] address',
    ],
    // forward@dev says the first interface
    ['forward', `<forward dev='eth0'/>`, 'interface[eth0]'],
    ['forward', `<forward dev='eth0'><interface dev='eth0'/></forward>`, 'interface[eth0]'],
    ['forward', `<forward dev='eth1'><interface dev='eth0'/></forward>`, 'interface[eth0]'],
    ['forward', `<forward dev=''/>`, ''],
    // metadata is opaque
    ['metadata', `<metadata><a:x xmlns:a='urn:a'/><name/></metadata>`, '?a:x ?name'],
  ])('of %s: %s', (path, xml, expected) => expect(children(path, xml)).toBe(expected));

  test('the interface of forward@dev is the same object each time', () => {
    const forward = element(`<forward dev='eth0' mode='nat'/>`);
    const [first] = childrenOf(spec('forward'), forward);
    expect(first?.element.attrs[0]?.value).toBe('eth0');
    expect(childrenOf(spec('forward'), forward)[0]?.element).toBe(first?.element);
  });

  test('an edited element is another element', () => {
    const dhcp = element(`<dhcp><host name='a' ip='10.0.0.1'/><host name='b' ip='10.0.0.2'/></dhcp>`);
    expect(childrenOf(spec('ip.dhcp'), dhcp)).toHaveLength(2);
    const fewer = withChildren(dhcp, dhcp.children.slice(1));
    expect(childrenOf(spec('ip.dhcp'), fewer).map((child) => child.key?.parts)).toEqual([['b']]);
    expect(childrenOf(spec('ip.dhcp'), dhcp)).toHaveLength(2);
  });
});

describe('a key keeps its kind', () => {
  test.each([
    [`<host mac='52:54:00:00:00:0A' id='0:1' name='n'/>`, 'mac 52:54:00:00:00:0a'],
    [`<host id='0:1' name='n'/>`, 'id 00:01'],
    [`<host name='52:54:00:00:00:0A'/>`, 'name 52:54:00:00:00:0A'],
    [`<host mac='(unknown)' name='n'/>`, 'mac (unknown)'],
    [`<host mac='' name='n'/>`, 'name n'],
    [`<host ip='10.0.0.1'/>`, 'none'],
  ])('%s', (xml, expected) => {
    const key = keyOf(spec('ip.dhcp.host'), element(xml));
    expect(key === null ? 'none' : `${key.kind} ${key.parts.join(' ')}`).toBe(expected);
  });

  test('single elements have none', () => {
    expect(keyOf(networkSpec, element('<network/>'))).toBeNull();
    expect(keyOf(spec('bridge'), element(`<bridge name='b'/>`))).toBeNull();
  });
});

describe('an element that means the same as its absence', () => {
  test.each([
    ['ip.dhcp', `<dhcp/>`],
    ['ip.dhcp', `<dhcp> <!-- nothing --> <bootp/> </dhcp>`],
    ['dns', `<dns enable='yes' forwardPlainNames='yes'/>`],
    ['forward', `<forward mode='none'/>`],
    ['forward', `<forward mode='none' managed='no'><nat/></forward>`],
    ['forward.nat', `<nat ipv6='no'/>`],
    ['bridge', `<bridge/>`],
    ['bridge', `<bridge stp='on' delay='0'/>`],
    ['bridge', `<bridge stp='yes' delay='00'/>`],
    ['domain', `<domain localOnly='no'/>`],
    ['bandwidth', `<bandwidth/>`],
    ['vlan', `<vlan trunk='no'/>`],
    ['metadata', `<metadata> </metadata>`],
    ['port', `<port isolated='no'/>`],
    ['title', `<title/>`],
    ['ip.dhcp.host.lease', `<lease unit='hours'/>`],
    ['virtualport.parameters', `<parameters/>`],
    ['portgroup.virtualport', `<virtualport><parameters/></virtualport>`],
    ['dnsmasq:options', `<dnsmasq:options xmlns:dnsmasq='http://libvirt.org/schemas/network/dnsmasq/1.0'/>`],
  ])('%s: %s', (path, xml) => expect(isAbsentEquivalent(spec(path), element(xml))).toBe(true));

  test.each([
    ['forward', `<forward/>`],
    ['forward', `<forward mode='nat'/>`],
    ['forward', `<forward mode='none' dev='eth0'/>`],
    ['forward', `<forward mode='none' managed='yes'/>`],
    ['forward', `<forward mode='none'><nat ipv6='yes'/></forward>`],
    ['dns', `<dns enable='no'/>`],
    ['dns', `<dns flood='x'/>`],
    ['dns', `<dns x:enable='yes' xmlns:x='urn:x'/>`],
    ['dns', `<dns>text</dns>`],
    ['dns', `<dns><unknown/></dns>`],
    ['dns', `<dns><forwarder/></dns>`],
    ['ip.dhcp', `<dhcp><bootp server='10.0.0.1'/></dhcp>`],
    ['bridge', `<bridge delay='1'/>`],
    ['bridge', `<bridge delay='x'/>`],
    ['domain', `<domain localOnly='yes'/>`],
    ['metadata', `<metadata><x/></metadata>`],
    ['metadata', `<metadata>x</metadata>`],
    ['title', `<title> </title>`],
    // libvirt refuses these when they are empty
    ['bandwidth.inbound', `<inbound/>`],
    ['forward.nat.address', `<address/>`],
    ['forward.pf', `<pf/>`],
    ['virtualport', `<virtualport/>`],
    // lists and the root are never absent
    ['dns.host', `<host/>`],
    ['name', `<name/>`],
    ['', `<network/>`],
  ])('is not %s: %s', (path, xml) => expect(isAbsentEquivalent(spec(path), element(xml))).toBe(false));
});

/** Every element, attribute and text that an added element brings, as rule 7 counts them. */
function added(path: string, xml: string): string {
  const walk = (own: ElementSpec, at: ReturnType<typeof element>, where: string): string[] => {
    const meaning = meaningOf(own, at);
    const attrs = [...meaning.attrs].map(
      ([name, { value, written }]) => `${where}@${name}=${value}${written === null ? ' (default)' : ''}`,
    );
    const inner = childrenOf(own, at).flatMap((child) =>
      child.spec === null ? [] : walk(child.spec, child.element, `${where}.${child.spec.name}`),
    );
    return [
      where,
      ...attrs,
      ...(meaning.text === null ? [] : [`${where}@text()=${meaning.text.value}`]),
      ...inner,
    ];
  };
  return walk(spec(path), element(xml), path).join('\n');
}

describe('the scenarios of the rules', () => {
  test('1: a host is four changes', () => {
    expect(
      added('ip.dhcp.host', `<host mac='52:54:00:00:00:0C' ip='10.0.0.131' name='v2.a.example.com'/>`),
    ).toBe(`\
ip.dhcp.host
ip.dhcp.host@mac=52:54:00:00:00:0c
ip.dhcp.host@name=v2.a.example.com
ip.dhcp.host@ip=10.0.0.131`);
  });

  test('7: a whole ip is twelve', () => {
    expect(
      added(
        'ip',
        `<ip address='10.0.2.1' netmask='255.255.255.0'><dhcp><range start='10.0.2.2' end='10.0.2.100'/><host mac='52:54:00:00:00:01' name='n1' ip='10.0.2.5'/></dhcp></ip>`,
      ),
    ).toBe(`\
ip
ip@address=10.0.2.1
ip@prefix=24
ip@localPtr=no (default)
ip.dhcp
ip.dhcp.range
ip.dhcp.range@start=10.0.2.2
ip.dhcp.range@end=10.0.2.100
ip.dhcp.host
ip.dhcp.host@mac=52:54:00:00:00:01
ip.dhcp.host@name=n1
ip.dhcp.host@ip=10.0.2.5`);
  });

  test('9 to 12: domain, interface, bandwidth, dnsmasq', () => {
    expect(added('domain', `<domain name='example.com'/>`)).toBe(
      'domain\ndomain@name=example.com\ndomain@localOnly=no (default)',
    );
    expect(added('forward.interface', `<interface dev='eth25'/>`)).toBe(
      'forward.interface\nforward.interface@dev=eth25',
    );
    expect(added('bandwidth', `<bandwidth><inbound average='2000'/></bandwidth>`)).toBe(
      'bandwidth\nbandwidth.inbound\nbandwidth.inbound@average=2000',
    );
    expect(
      added(
        'dnsmasq:options',
        `<q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='address=/x/1.2.3.4'/></q:options>`,
      ),
    ).toBe(
      'dnsmasq:options\ndnsmasq:options.dnsmasq:option\ndnsmasq:options.dnsmasq:option@value=address=/x/1.2.3.4',
    );
  });
});

describe('cost', () => {
  test('65,000 hosts are keyed and listed in a moment', () => {
    const hosts = Array.from({ length: 65_000 }, (_, i) => {
      const [a, b] = [(i >> 8).toString(16).padStart(2, '0'), (i & 255).toString(16).padStart(2, '0')];
      return `<host mac='52:54:00:00:${a}:${b}' name='h${i}.example.com' ip='10.0.${i >> 8}.${i & 255}'/>`;
    });
    const dhcp = element(`<dhcp>${hosts.join('\n')}</dhcp>`);
    // quadratic would be minutes, which the time limit of every test ends
    expect(childrenOf(spec('ip.dhcp'), dhcp)).toHaveLength(65_000);
  });
});
