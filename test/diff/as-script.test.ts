// A difference as a script: what it reads like, and that running it makes the one network of the other.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { prepareScript } from '../../src/compile/prepare.ts';
import { runScript } from '../../src/compile/run.ts';
import { type Diagnostic, hasErrors } from '../../src/diagnostics/diagnostic.ts';
import { diffAsScript } from '../../src/diff/as-script.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import { formatScript } from '../../src/syntax/format.ts';
import { elementsOf, textOf, type XmlDocument, type XmlElement } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { printDocument } from '../../src/xml/print.ts';
import { randomNetwork, randomOf } from '../integration/random-network.ts';
import { randomEdits } from './random-edits.ts';

function parsed(text: string): XmlDocument | null {
  return parseDocument({ name: 'n.xml', text }).value;
}

/** A network from what stands behind its name. */
function network(text: string): XmlDocument {
  const document = parsed(`<network><name>n</name>${text}</network>`);
  if (document === null) throw new Error(`not well-formed: ${text}`);
  return document;
}

function told(diagnostics: readonly Diagnostic[]): string {
  return diagnostics
    .map(({ code, message, span }) => `${code} ${message}: ${span?.source.text.slice(span.start, span.end)}`)
    .join('\n');
}

/** The document that the script leaves; throws with the script's problems. */
function run(script: string, base: XmlDocument): XmlDocument {
  const source = { name: 'difference', text: script };
  const { value, diagnostics } = prepareScript([source], {
    load: () => {
      throw new Error('such a script reads no files');
    },
    vars: new Map(),
  });
  if (value === null) throw new Error(told(diagnostics));
  const output = runScript({
    prepared: value,
    network: 'net',
    available: ['net'],
    isDefault: true,
    scope: 'config',
    targetScopes: ['config'],
    document: base,
    recordPatches: false,
  });
  if (hasErrors(output.diagnostics)) throw new Error(told(output.diagnostics));
  return output.result;
}

/** What `after` still differs in once the script ran on `before`. */
function left(before: XmlDocument, after: XmlDocument, script: string): readonly string[] {
  return diffDocuments(run(script, before), after, 'config').map(
    ({ op, pair, leaf, before: was, after: is }) =>
      `${op} ${pathText(stepsOf(pair), leaf)} ${was?.value} ${is?.value}`,
  );
}

/** The script, which must also run. */
function script(before: string, after: string, name: string | null = null): string {
  const text = diffAsScript(network(before), network(after), name);
  expect(left(network(before), network(after), text)).toEqual([]);
  expect(formatScript({ name: 'x', text }).value).toBe(text);
  return text;
}

const HOSTS = (...hosts: readonly string[]) =>
  `<ip address='10.0.0.1' prefix='24'><dhcp>${hosts.join('')}</dhcp></ip>`;
const A = `<host mac='52:54:00:00:00:0a' name='a' ip='10.0.0.10'/>`;
const B = `<host mac='52:54:00:00:00:0b' name='b' ip='10.0.0.11'/>`;
const C = `<host mac='52:54:00:00:00:0c' name='c' ip='10.0.0.12'/>`;

describe('what it reads like', () => {
  test('a day of changes, grouped', () => {
    const before = `<forward mode='nat'/><bridge name='virbr0' stp='on' delay='0'/><domain name='example.com'/>
      <dns><txt name='t' value='v'/><srv service='ldap' protocol='tcp'/></dns>
      <ip address='10.0.0.1' netmask='255.255.255.0'><dhcp><range start='10.0.0.2' end='10.0.0.100'/>${A}${B}</dhcp></ip>
      <portgroup name='eng'/>`;
    const after = `<forward mode='route'><interface dev='eth0'/></forward><bridge name='virbr0' stp='off' delay='2'/>
      <dns><host ip='10.0.0.1'><hostname>gw</hostname><hostname>router</hostname></host></dns>
      <ip address='10.0.0.1' prefix='25'><dhcp>${A.replace("'a'", "'web'").replace('0:0a', '0:0A')}${C}</dhcp></ip>
      <ip address='10.0.2.1' netmask='255.255.255.0'><dhcp><range start='10.0.2.2' end='10.0.2.9'><lease expiry='2' unit='hours'/></range>${B.replace('10.0.0.11', '10.0.2.5')}</dhcp></ip>
      <portgroup name='eng' default='yes'><bandwidth><inbound average='100' peak='200'/></bandwidth></portgroup>`;
    expect(script(before, after, 'net')).toBe(`on network net {
  set forward mode=route
  add interface dev=eth0 to forward

  set bridge stp=off delay=2
  remove domain

  remove dns.txt[t]
  remove dns.srv[ldap/tcp]
  add host ip=10.0.0.1 { hostname=gw; hostname=router } to dns

  set ip[10.0.0.1] netmask=255.255.255.128
  remove ip[10.0.0.1].dhcp.range[10.0.0.2-10.0.0.100]
  remove ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]
  set ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a] name=web
  add host mac=52:54:00:00:00:0c name=c ip=10.0.0.12 to ip[10.0.0.1].dhcp

  add ip address=10.0.2.1 netmask=255.255.255.0 {
    dhcp {
      range start=10.0.2.2 end=10.0.2.9 { lease expiry=2 unit=hours }
      host mac=52:54:00:00:00:0b name=b ip=10.0.2.5
    }
  }

  set portgroup[eng] default=yes
  add bandwidth { inbound average=100 peak=200 } to portgroup[eng]
}
`);
  });

  test.each([
    ['nothing', A, A, ''],
    [
      'two spellings of one thing',
      `<ip address='10.0.0.1' netmask='255.0.0.0'/>`,
      `<ip address='10.0.0.1' prefix='8' family='ipv4'/>`,
      '',
    ],
    [
      'a new key',
      HOSTS(A),
      HOSTS(A.replace('0:0a', '0:0d')),
      'remove ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]\nadd host mac=52:54:00:00:00:0d name=a ip=10.0.0.10 to ip[10.0.0.1].dhcp\n',
    ],
    [
      'a name that goes to another',
      HOSTS(`<host name='x' ip='10.0.0.3'/>`, A),
      HOSTS(A.replace("'a'", "'x'")),
      'remove ip[10.0.0.1].dhcp.host[x]\nset ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a] name=x\n',
    ],
    [
      'a name that is given up first',
      HOSTS(A),
      HOSTS(A.replace("'a'", "'z'"), `<host name='a' ip='10.0.0.3'/>`),
      'set ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a] name=z\nadd host name=a ip=10.0.0.3 to ip[10.0.0.1].dhcp\n',
    ],
    [
      'a name that looks like another kind of key',
      HOSTS(`<host name='52:54:00:00:00:0b' ip='10.0.0.3'/>`, C),
      HOSTS(C),
      'remove ip[10.0.0.1].dhcp.host[name=52:54:00:00:00:0b]\n',
    ],
    ['order', HOSTS(A, B, C), HOSTS(C, A, B), 'move ip[10.0.0.1].dhcp.host[52:54:00:00:00:0c] first\n'],
    [
      'a place in between',
      HOSTS(A, B),
      HOSTS(A, C, B),
      'add host mac=52:54:00:00:00:0c name=c ip=10.0.0.12 to ip[10.0.0.1].dhcp after host[52:54:00:00:00:0a]\n',
    ],
    [
      'the first place',
      HOSTS(A),
      HOSTS(C, A),
      'add host mac=52:54:00:00:00:0c name=c ip=10.0.0.12 to ip[10.0.0.1].dhcp first\n',
    ],
    ['a second one of a key', HOSTS(A, A, B), HOSTS(A, B), 'remove ip[10.0.0.1].dhcp.host[#2]\n'],
    [
      'one more of a key',
      HOSTS(A, B),
      HOSTS(A, B, A),
      `patch "/network/ip[@address='10.0.0.1']/dhcp" add <host mac='52:54:00:00:00:0a' name='a' ip='10.0.0.10'/>\n`,
    ],
    [
      'one of two of a key',
      HOSTS(A, A),
      HOSTS(A, A.replace("'a'", "'z'")),
      'set ip[10.0.0.1].dhcp.host[#2] name=z\n',
    ],
    [
      'no key at all',
      `<dns><forwarder/><forwarder addr='10.0.0.1'/></dns>`,
      `<dns><forwarder addr='10.0.0.1'/></dns>`,
      'remove dns.forwarder[#1]\n',
    ],
    [
      'a key that is not of its type',
      `<ip address='10.0.0.300'/><ip address='10.0.0.1'/>`,
      `<ip address='10.0.0.1'/>`,
      'remove ip[address=10.0.0.300]\n',
    ],
    [
      'a value that is not of its type',
      `<bridge name='x'/>`,
      `<bridge name='x' delay='soon'/>`,
      'patch "/network/bridge" set delay=soon\n',
    ],
    [
      'an attribute that goes',
      `<bridge name='x' zone='z' delay='3'/>`,
      `<bridge name='x'/>`,
      'unset bridge@zone, @delay\n',
    ],
    [
      'a prefix that goes',
      `<ip address='10.0.0.1' prefix='16'/>`,
      `<ip address='10.0.0.1'/>`,
      'unset ip[10.0.0.1]@prefix\n',
    ],
    [
      'a netmask that is none',
      `<ip address='10.0.0.1' netmask='255.0.0.0'/>`,
      `<ip address='10.0.0.1' netmask=' '/>`,
      'patch "/network/ip[@address=\'10.0.0.1\']" set netmask=" "\n',
    ],
    [
      'the unit of a lease',
      HOSTS(A.replace('/>', `><lease expiry='60' unit='hours'/></host>`)),
      HOSTS(A.replace('/>', `><lease expiry='3600' unit='seconds'/></host>`)),
      'set ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a].lease expiry=3600 unit=seconds\n',
    ],
    ['text', '<title>old</title>', `<title>it's "new" $5</title>`, `set title = "it's \\"new\\" $5"\n`],
    ['several lines', '', '<description>one\n two</description>', 'add description="one\\n two"\n'],
    [
      'dev alone',
      `<forward mode='route' dev='eth0'/>`,
      `<forward mode='route' dev='eth1'/>`,
      'remove forward.interface[eth0]\nadd interface dev=eth1 to forward\n',
    ],
    [
      'dev and its interface',
      `<forward mode='bridge' dev='eth0'/>`,
      `<forward mode='bridge'><interface dev='eth1'/><interface dev='eth0'/></forward>`,
      'add interface dev=eth1 to forward first\n',
    ],
    [
      'dev alone, doubled',
      `<forward mode='bridge' dev='eth0'/>`,
      `<forward mode='bridge'><interface dev='eth0'/><interface dev='eth0'/></forward>`,
      `replace forward.interface[eth0] with interface dev=eth0\npatch "/network/forward" add <interface dev='eth0'/>\n`,
    ],
    [
      'dev alone, with something unknown',
      `<forward mode='bridge' dev='eth0'/>`,
      `<forward mode='bridge'><interface dev='eth0' x='1'/></forward>`,
      `replace forward.interface[eth0] with <interface dev='eth0' x='1'/>\n`,
    ],
    [
      'several tags that become one',
      `<vlan><tag id='1'/><tag id='2'/></vlan>`,
      `<vlan trunk='yes'><tag id='1'/></vlan>`,
      'set vlan trunk=yes\nremove vlan.tag[2]\n',
    ],
    [
      'what libvirt counts',
      `<forward mode='bridge'><interface dev='a'/></forward>`,
      `<forward mode='bridge'><interface dev='a' connections='3'/><interface dev='b' connections='4'/></forward>`,
      'add interface dev=b to forward\n',
    ],
    [
      'a container that was empty',
      `<dns/><ip address='10.0.0.1'><dhcp><!-- none --></dhcp></ip>`,
      `<dns><txt name='a' value=''/></dns>${HOSTS(A)}`.replace(" prefix='24'", " prefix='8'"),
      'add dns { txt name=a value="" }\nadd dhcp { host mac=52:54:00:00:00:0a name=a ip=10.0.0.10 } to ip[10.0.0.1]\n',
    ],
    [
      'dnsmasq options',
      `<q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='a=1'/></q:options>`,
      `<q:options xmlns:q='http://libvirt.org/schemas/network/dnsmasq/1.0'><q:option value='a=1'/><q:option value='a=1'/></q:options>`,
      'add dnsmasq:option value=a=1 to dnsmasq:options\n',
    ],
    [
      'something unknown',
      `<flood limit='5'/><bridge name='x' colour='red'/>`,
      `<flood limit='9'><deep/></flood><bridge name='x' colour='blue' lang='en'/>`,
      `set bridge colour=blue\npatch "/network/bridge" set lang=en\n\nreplace flood with <flood limit='9'>\n  <deep/>\n</flood>\n`,
    ],
    [
      'something unknown in what is new',
      '',
      `<portgroup name='p'><flood limit='5'/></portgroup>`,
      `add portgroup name=p { <flood limit='5'/> }\n`,
    ],
    [
      'names of another namespace',
      `<metadata><app:a xmlns:app='urn:app'/><app:b xmlns:app='urn:app'/></metadata>`,
      `<metadata><app:a xmlns:app='urn:app'>1</app:a></metadata>`,
      `replace metadata.app:a with <app:a xmlns:app='urn:app'>1</app:a>\nremove metadata.app:b\n`,
    ],
    [
      'names that paths have no words for',
      `<a.b/><bridge xmlns='urn:b'/>`,
      `<bridge name='x'/>`,
      'namespace ns1 = "urn:b"\n\nadd bridge name=x\npatch "/network/a.b" remove\npatch "/network/ns1:bridge" remove\n',
    ],
    [
      'a second copy of what there is one of',
      `<bridge name='a'/><bridge name='b'/>`,
      `<bridge name='a'/><bridge name='c'/>`,
      `patch "/network/bridge[2]" replace <bridge name='c'/>\n`,
    ],
    [
      'what would show another text than it is',
      `<domain name='a'/>`,
      `<domain name='a\u202eb'><x>\u202e</x></domain>`,
      `patch "/network/domain" set name="a\\u{202e}b"\nadd <x>&#x202e;</x> to domain\n`,
    ],
  ])('%s', (_, before, after, expected) => {
    expect(script(before, after)).toBe(expected);
  });
});

/** Whether laying the element out changes what it says: text of nothing but blank lines, or text with elements in it. */
function changesWithLayout(element: XmlElement): boolean {
  if (/^(uuid|hostname|name|title|description)$/.test(element.local)) {
    const text = textOf(element);
    if (elementsOf(element).length > 0 || (text.includes('\n') && text.trim() === '')) return true;
  }
  return elementsOf(element).some(changesWithLayout);
}

test('running it makes the one of the other, whatever they hold', () => {
  fc.assert(
    fc.property(fc.nat(0xffffffff), (seed) => {
      const random = randomOf(seed);
      const some = () => randomNetwork(random, 'n', random.pick([0, 0.02, 0.2]), random.pick([0, 0, 0.1]));
      const before = parsed(some());
      const other = parsed(some());
      fc.pre(before !== null && other !== null);
      const after = random.chance(0.2)
        ? other
        : parsed(randomEdits(random, before.root, other.root, 1 + random.below(12)));
      fc.pre(after !== null);
      // no edit can write that, for what an edit writes is laid out
      fc.pre(!changesWithLayout(after.root));
      const text = diffAsScript(before, after, random.chance(0.5) ? 'net' : null);
      const context = `${printDocument(before)}\n---\n${printDocument(after)}\n---\n${text}`;
      expect(left(before, after, text), context).toEqual([]);
      expect(formatScript({ name: 'x', text }).value, context).toBe(text);
    }),
    { numRuns: 300 },
  );
});

test('a long list', () => {
  const hosts = (name: (i: number) => string | null) =>
    HOSTS(
      ...Array.from({ length: 2000 }, (_, i) => i).flatMap((i) => {
        const given = name(i);
        return given === null
          ? []
          : [
              `<host mac='52:54:00:00:${hex(i >> 8)}:${hex(i & 255)}' name='${given}' ip='10.0.${i >> 8}.${i & 255}'/>`,
            ];
      }),
    );
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  const text = script(
    hosts((i) => (i % 8 === 0 ? null : `h${i}`)),
    hosts((i) => (i % 8 === 1 ? null : i % 8 === 2 ? `x${i}` : `h${i}`)),
  );
  expect(text.split('\n').length).toBe(751);
});
