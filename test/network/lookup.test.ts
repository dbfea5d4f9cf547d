// Keys as people write them, and elements found by them.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  childByKey,
  childrenByName,
  exactKey,
  matchesKey,
  readKey,
  readKeyParts,
  resolveSteps,
  stepName,
} from '../../src/network/lookup.ts';
import { childrenOf } from '../../src/network/meaning.ts';
import { type Key, keyText, pathText, rawKeyText, type Step } from '../../src/network/path.ts';
import type { ElementSpec } from '../../src/network/spec.ts';
import { allSpecs, networkSpec, specAt } from '../../src/network/table.ts';
import { makeAttr, makeElement, type XmlElement } from '../../src/xml/document.ts';
import { element } from './read.ts';

function spec(path: string): ElementSpec {
  const found = specAt(path.split('.'));
  if (found === null) throw new Error(`no ${path} in the table`);
  return found;
}

/** `kind(part, part)`: `*` open, `-` absent. */
function reads(path: string, text: string): string {
  const reading = readKey(spec(path), text);
  if (reading === null) return 'no key';
  const { kind, parts } = reading.pattern;
  return `${kind}(${parts.map((part) => (part === null ? '*' : part === '' ? '-' : part)).join(', ')})${reading.problem === null ? '' : `: ${reading.problem}`}`;
}

describe('keys are read', () => {
  test.each([
    ['ip', '10.0.0.1', 'address(10.0.0.1)'],
    ['ip', 'FD00:0::1', 'address(fd00::1)'],
    [
      'ip',
      '10.0.0.300',
      'address(10.0.0.300): `10.0.0.300` is not an IP address such as `10.0.0.1` or `fd00::1`',
    ],
    ['ip.dhcp.host', '52:54:00:3e:77:E2', 'mac(52:54:00:3e:77:e2)'],
    ['ip.dhcp.host', '0:3:0:1:0:16:3E:11:22:33', 'id(00:03:00:01:00:16:3e:11:22:33)'],
    ['ip.dhcp.host', 'web.example.com', 'name(web.example.com)'],
    ['ip.dhcp.host', 'beef', 'name(beef)'],
    ['ip.dhcp.host', 'a b', 'name(a b): `a b` is not a host or domain name such as `web.example.com`'],
    ['ip.dhcp.range', '10.0.0.2-10.0.0.100', 'range(10.0.0.2, 10.0.0.100)'],
    ['ip.dhcp.range', '10.0.0.2', 'range(10.0.0.2, *)'],
    ['ip.dhcp.range', 'fd00::A-fd00::B', 'range(fd00::a, fd00::b)'],
    ['route', '10.1.0.0/16', 'route(10.1.0.0, 16)'],
    ['route', '10.1.0.0/255.255.0.0', 'route(10.1.0.0, 16)'],
    ['route', '10.1.0.0', 'route(10.1.0.0, *)'],
    ['route', 'fd00::/64', 'route(fd00::, 64)'],
    ['route', '10.1.0.0/x', 'route(10.1.0.0, x): `x` is not a whole number from 0 to 128'],
    ['dns.srv', 'ldap/tcp', 'srv(ldap, tcp, *, *)'],
    ['dns.srv', 'ldap/tcp/', 'srv(ldap, tcp, -, *)'],
    ['dns.srv', 'ldap/tcp//l2', 'srv(ldap, tcp, -, l2)'],
    ['dns.srv', 'a\\/b/tcp', 'srv(a/b, tcp, *, *)'],
    ['dns.srv', 'a/b/c/d/e', 'srv(a, b, c, d): the key of `srv` has at most 4 parts'],
    ['dns.srv', '*/tcp', 'srv(*, tcp, *, *)'],
    ['dns.forwarder', '8.8.8.8', 'forwarder(8.8.8.8, *)'],
    ['dns.forwarder', '/example.com', 'forwarder(-, example.com)'],
    ['dns.txt', 'a/b', 'name(a/b): `a/b` is not a host or domain name such as `web.example.com`'],
    ['dns.txt', 'example', 'name(example)'],
    ['dns.host', '10.0.0.1', 'ip(10.0.0.1)'],
    ['dns.host.hostname', 'web', 'text(web)'],
    ['vlan.tag', '042', 'id(42)'],
    ['portgroup', 'sales team', 'name(sales team)'],
    ['forward.interface', 'eth0', 'dev(eth0)'],
    ['forward.address', '0000:03:00.1', 'pci(0x0000, 0x03, 0x00, 0x1)'],
    ['forward.address', '0/3/0/1', 'pci(0x0000, 0x03, 0x00, 0x1)'],
    ['forward.address', '/3//1', 'pci(0x0000, 0x03, 0x00, 0x1)'],
    ['dnsmasq:options.dnsmasq:option', 'address=/x/1.2.3.4', 'value(address=/x/1.2.3.4)'],
    ['bridge', 'virbr0', 'no key'],
  ])('%s[%s]', (path, text, expected) => expect(reads(path, text)).toBe(expected));

  test('a text star is a star, an open part is null', () => {
    expect(readKey(spec('dns.srv'), '*/tcp')?.pattern.parts[0]).toBe('*');
    expect(readKeyParts(spec('dns.srv'), [null, 'tcp'])?.pattern).toEqual({
      kind: 'srv',
      parts: [null, 'tcp', null, null],
    });
    expect(readKeyParts(spec('ip.dhcp.host'), [null])?.pattern).toEqual({ kind: null, parts: [] });
  });

  test('a pattern matches its kind only, and values are no patterns', () => {
    const host = (kind: string, value: string): Key => ({ kind, parts: [value] });
    const mac = readKey(spec('ip.dhcp.host'), '52:54:00:00:00:01')?.pattern ?? { kind: null, parts: [] };
    expect(matchesKey(mac, host('mac', '52:54:00:00:00:01'))).toBe(true);
    expect(matchesKey(mac, host('name', '52:54:00:00:00:01'))).toBe(false);
    expect(matchesKey(mac, host('mac', '*'))).toBe(false);
    expect(matchesKey({ kind: null, parts: [] }, host('name', 'x'))).toBe(true);
    const srv = readKey(spec('dns.srv'), 'ldap/tcp/')?.pattern ?? { kind: null, parts: [] };
    expect(matchesKey(srv, { kind: 'srv', parts: ['ldap', 'tcp', '', 't'] })).toBe(true);
    expect(matchesKey(srv, { kind: 'srv', parts: ['ldap', 'tcp', 'd', 't'] })).toBe(false);
    expect(exactKey(srv)).toBeNull();
    expect(exactKey(mac)).toEqual(host('mac', '52:54:00:00:00:01'));
  });
});

describe('keys are printed', () => {
  const step = (name: string, key: Key | null = null, nth = 1): Step => ({ name, key, nth });
  test.each<[readonly Step[], string]>([
    [[], 'network'],
    [
      [
        step('ip', { kind: 'address', parts: ['10.0.0.1'] }),
        step('dhcp'),
        step('host', { kind: 'mac', parts: ['52:54:00:00:00:0a'] }),
      ],
      'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0a]',
    ],
    [[step('dns'), step('txt', { kind: 'name', parts: ['a]b'] }, 2)], 'dns.txt["a]b"]#2'],
    [
      [step('dnsmasq:options'), step('dnsmasq:option', { kind: 'value', parts: ['address=/x/1.2.3.4'] })],
      'dnsmasq:options.dnsmasq:option["address=/x/1.2.3.4"]',
    ],
    [
      [step('dns'), step('srv', { kind: 'srv', parts: ['a/b', 'tcp', '', 'l2'] })],
      'dns.srv["a\\\\/b/tcp//l2"]',
    ],
    [[step('dns'), step('srv', { kind: 'srv', parts: ['ldap', 'tcp', '*', ''] })], 'dns.srv["ldap/tcp/*/"]'],
    [
      [step('portgroup', { kind: 'name', parts: ['a "b" ${c}\n\u202e'] })],
      'portgroup["a \\"b\\" \\${c}\\n\\u{202e}"]',
    ],
    [[step('portgroup', { kind: 'name', parts: ['*'] })], 'portgroup["*"]'],
    [[step('portgroup', { kind: 'name', parts: ['a=b'] })], 'portgroup["a=b"]'],
    [[step('flood'), step("{urn:it's}x")], "flood.'{urn:it\\'s}x'"],
    [[step('a.b')], "'a.b'"],
  ])('%j', (steps, expected) => expect(pathText(steps)).toBe(expected));

  test('attributes and text', () => {
    expect(pathText([step('bridge')], { type: 'attribute', name: 'stp' })).toBe('bridge@stp');
    expect(pathText([step('bridge')], { type: 'attribute', name: '{urn:x}stp' })).toBe("bridge@'{urn:x}stp'");
    expect(pathText([step('name')], { type: 'text' })).toBe('name@text()');
  });

  /** Undoes the quotes, as a script does. */
  function unquoted(text: string): string {
    if (!text.startsWith('"')) return text;
    return text
      .slice(1, -1)
      .replace(/\\u\{([0-9a-f]+)\}|\\(.)/gu, (_, hex: string | undefined, char: string) =>
        hex !== undefined
          ? String.fromCodePoint(Number.parseInt(hex, 16))
          : char === 'n'
            ? '\n'
            : char === 't'
              ? '\t'
              : char,
      );
  }

  const odd = fc.string({
    unit: fc.oneof(
      fc.constantFrom(...'ab1.:-/\\*[]@,#"\' ${}=\n'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 12,
  });

  test('what is printed is read back as the same key', () => {
    const lists = allSpecs()
      .map((place) => place.spec)
      .filter((one) => one.key !== null && one.key.alternatives.length === 1);
    fc.assert(
      fc.property(fc.constantFrom(...lists), fc.array(odd, { minLength: 4, maxLength: 4 }), (one, values) => {
        const [alternative] = one.key?.alternatives ?? [];
        if (alternative === undefined) throw new Error('a list has a key');
        const made = makeElement(
          one,
          alternative.parts.flatMap((part, i) =>
            'attr' in part ? [makeAttr(part.attr, values[i] ?? '')] : [],
          ),
          [],
        );
        const parent = makeElement({ name: 'parent', local: 'parent', ns: '' }, [], [made]);
        const place = allSpecs().find((candidate) => candidate.spec === one);
        const above = place?.chain.at(-2) ?? networkSpec;
        const [child] = childrenOf(above, parent);
        const key = child?.key ?? null;
        if (key === null) return;
        const printed = keyText(key);
        expect(printed).not.toMatch(/[\n\r\u0000-\u001f\u2028\u202e]/u);
        expect(unquoted(printed)).toBe(rawKeyText(key));
        const reading = readKey(one, unquoted(printed));
        if (reading === null) throw new Error('a list has a key');
        expect(matchesKey(reading.pattern, key), printed).toBe(true);
        expect(exactKey(reading.pattern)).toEqual(key);
      }),
      { numRuns: 500 },
    );
  });

  test('no text makes reading fail', () => {
    fc.assert(
      fc.property(fc.constantFrom(...allSpecs().map((place) => place.spec)), odd, (one, text) => {
        const reading = readKey(one, text);
        expect(reading === null).toBe(one.key === null);
      }),
      { numRuns: 500 },
    );
  });
});

const network = element(`<network>
  <name>n</name>
  <domain name='a'/>
  <domain name='b'/>
  <ip address='10.0.0.1' netmask='255.255.255.0'>
    <dhcp>
      <host mac='52:54:00:00:00:0A' ip='10.0.0.5'/>
      <host name='x' ip='10.0.0.6'/>
      <host name='x' ip='10.0.0.7'/>
      <host ip='10.0.0.8'/>
    </dhcp>
  </ip>
  <flood limit='1'/>
  <flood limit='2'/>
  <metadata><a:x xmlns:a='urn:a'/></metadata>
  <forward dev='eth0'/>
</network>`);

describe('elements are found', () => {
  test('by key and number', () => {
    const ip = childByKey(networkSpec, network, spec('ip'), { kind: 'address', parts: ['10.0.0.1'] }, 1);
    if (ip === null) throw new Error('the ip is there');
    const [dhcp] = childrenByName(spec('ip'), ip, spec('ip.dhcp'));
    if (dhcp === undefined) throw new Error('the dhcp is there');
    const host = (kind: string, part: string, nth: number) =>
      childByKey(spec('ip.dhcp'), dhcp, spec('ip.dhcp.host'), { kind, parts: [part] }, nth)?.attrs.at(-1)
        ?.value ?? null;
    expect(host('mac', '52:54:00:00:00:0a', 1)).toBe('10.0.0.5');
    expect(host('mac', '52:54:00:00:00:0A', 1)).toBeNull();
    expect(host('name', 'x', 1)).toBe('10.0.0.6');
    expect(host('name', 'x', 2)).toBe('10.0.0.7');
    expect(host('name', 'x', 3)).toBeNull();
    expect(host('mac', 'x', 1)).toBeNull();
    expect(childrenByName(spec('ip.dhcp'), dhcp, spec('ip.dhcp.host'))).toHaveLength(4);
    expect(childrenByName(spec('ip.dhcp'), dhcp, spec('ip.dhcp.range'))).toEqual([]);
  });

  test('every element that means something is at the end of its own path', () => {
    let seen = 0;
    const walk = (own: ElementSpec, at: XmlElement, steps: readonly Step[]): void => {
      seen++;
      expect(resolveSteps(network, steps)?.at(-1)?.element, pathText(steps)).toBe(at);
      expect(resolveSteps(network, steps)).toHaveLength(steps.length + 1);
      const counts = new Map<string, number>();
      for (const child of childrenOf(own, at)) {
        const id = `${stepName(child)} ${JSON.stringify(child.key)}`;
        const nth = (counts.get(id) ?? 0) + 1;
        counts.set(id, nth);
        const inner = [...steps, { name: stepName(child), key: child.key, nth }];
        if (child.spec !== null) walk(child.spec, child.element, inner);
        else
          expect(resolveSteps(network, inner)?.at(-1), pathText(inner)).toEqual({
            spec: null,
            element: child.element,
          });
      }
    };
    walk(networkSpec, network, []);
    expect(seen).toBe(13);
  });

  test('and nothing else is', () => {
    const none: Step[][] = [
      [{ name: 'bridge', key: null, nth: 1 }],
      [{ name: 'domain', key: null, nth: 3 }],
      [{ name: 'flood', key: null, nth: 3 }],
      [
        { name: 'flood', key: null, nth: 1 },
        { name: 'x', key: null, nth: 1 },
      ],
      [{ name: 'ip', key: null, nth: 1 }],
      [{ name: '__proto__', key: null, nth: 1 }],
    ];
    for (const steps of none) expect(resolveSteps(network, steps), pathText(steps)).toBeNull();
  });
});
