// The element table against what libvirt prints, and against itself.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { childrenOf, effectiveAttr, meaningOf } from '../../src/network/meaning.ts';
import { DNSMASQ_NS, type ElementSpec } from '../../src/network/spec.ts';
import {
  allSpecs,
  attrSpecOf,
  childSpec,
  childSpecByName,
  networkSpec,
  specAt,
} from '../../src/network/table.ts';
import { canonical } from '../../src/network/values.ts';
import { elementsOf, XMLNS, type XmlElement } from '../../src/xml/document.ts';
import { element } from './read.ts';

/** One line per element: `!` needed, `=` default, `~` restates another, `*` a list, `^` must be named, `?` stays although empty. */
function outline(spec: ElementSpec, depth: number): string {
  const attrs = spec.attrs.map(
    (attr) =>
      ` ${attr.name}${attr.required ? '!' : ''}${attr.restates === null ? '' : '~'}${attr.default === null ? '' : `=${attr.default}`}`,
  );
  const keys = spec.key?.alternatives.map(
    ({ kind, parts }) =>
      `${kind}(${parts.map((part) => ('attr' in part ? part.attr : 'text')).join(spec.key?.separator)})`,
  );
  const marks = `${spec.cardinality === 'many' ? '*' : ''}${spec.mustBeNamed ? '^' : ''}${spec.cardinality === 'optional' && !spec.absentWhenEmpty ? '?' : ''}`;
  const line = `${'  '.repeat(depth)}${spec.name}${marks}${attrs.join('')}${spec.text === null ? '' : ` text:${spec.text.kind}`}${spec.content === 'opaque' ? ' opaque' : ''}${keys === undefined ? '' : ` by ${keys.join(' ')}`}`;
  return [line, ...spec.children.map((child) => outline(child, depth + 1))].join('\n');
}

test('the whole table at a glance, in the order in which libvirt prints', () => {
  expect(outline(networkSpec, 0)).toBe(`\
network connections~ ipv6=no trustGuestRxFilters
  name text:name
  uuid text:uuid
  title text:text
  description text:text
  metadata opaque
  forward? dev~ mode=nat managed=no
    driver name!
    nat ipv6=no
      address? start! end!
      port? start! end!
    pf? dev!
    interface* dev! connections~ by dev(dev)
    address* type! domain=0x0000 bus=0x00 slot=0x00 function=0x0 connections~ by pci(domain/bus/slot/function)
  bridge name zone stp=on delay=0 macTableManager
  mtu size!
  mac address!
  domain name! localOnly=no
  dns enable=yes forwardPlainNames=yes
    forwarder* domain addr by forwarder(addr/domain)
    txt* name! value! by name(name)
    srv* service! protocol! domain target port=0 priority=0 weight=0 by srv(service/protocol/domain/target)
    host* ip! by ip(ip)
      hostname* text:hostname by text(text)
  vlan trunk=no
    tag* id! nativeMode by id(id)
  bandwidth
    inbound? average! peak floor burst
    outbound? average! peak floor burst
  port isolated=no
  ip* family~ address! netmask~ prefix localPtr=no by address(address)
    tftp^ root!
    dhcp
      range* start! end! by range(start-end)
        lease expiry! unit~
      host* mac id name ip! by mac(mac) id(id) name(name)
        lease expiry! unit~
      bootp file! server
  route* family~ address! netmask~ prefix gateway! metric by route(address/prefix)
  virtualport? type!
    parameters managerid typeid typeidversion instanceid interfaceid profileid
  portgroup* name! default=no trustGuestRxFilters by name(name)
    vlan trunk=no
      tag* id! nativeMode by id(id)
    virtualport type
      parameters managerid typeid typeidversion instanceid interfaceid profileid
    bandwidth
      inbound? average! peak floor burst
      outbound? average! peak floor burst
  dnsmasq:options^
    dnsmasq:option*^ value! by value(value)`);
});

describe('the table', () => {
  const places = allSpecs();

  test('every place is found by its path, by name and by XML name', () => {
    for (const { path: dotted, chain, spec } of places) {
      expect(specAt(dotted === '' ? [] : dotted.split('.')), dotted).toBe(spec);
      const parent = chain.at(-2);
      if (parent === undefined) continue;
      expect(childSpecByName(parent, spec.name), dotted).toBe(spec);
      expect(childSpec(parent, spec.local, spec.ns), dotted).toBe(spec);
      expect(childSpec(parent, spec.local, 'urn:other'), dotted).toBeNull();
    }
    expect(new Set(places.map((place) => place.path)).size).toBe(places.length);
  });

  test('what is not there is not found', () => {
    for (const name of ['flood', '__proto__', 'constructor', 'toString', '', 'IP', 'dnsmasq:ip']) {
      expect(childSpecByName(networkSpec, name), name).toBeNull();
      expect(childSpec(networkSpec, name, ''), name).toBeNull();
      expect(attrSpecOf(networkSpec, name), name).toBeNull();
      expect(specAt([name, 'host']), name).toBeNull();
    }
    expect(childSpec(networkSpec, 'options', '')).toBeNull();
    expect(childSpec(networkSpec, 'options', DNSMASQ_NS)?.name).toBe('dnsmasq:options');
  });

  test('lists have keys, of attributes that are there; single elements have none', () => {
    for (const { path: dotted, spec } of places) {
      expect(spec.key !== null, dotted).toBe(spec.cardinality === 'many');
      for (const part of spec.key?.alternatives.flatMap((one) => one.parts) ?? []) {
        if ('attr' in part) expect(attrSpecOf(spec, part.attr)?.restates, dotted).toBeNull();
        else expect(spec.text, dotted).not.toBeNull();
      }
    }
  });

  test('defaults are canonical, restating attributes have none and say what to write', () => {
    for (const { path: dotted, spec } of places) {
      expect(spec.doc, dotted).toMatch(/^\S[^\n]*\S$/);
      for (const attr of spec.attrs) {
        const name = `${dotted}@${attr.name}`;
        expect(attr.doc, name).toMatch(/^\S[^\n]*\S$/);
        if (attr.default !== null) {
          expect(canonical(attr.type, attr.default), name).toBe(attr.default);
          expect(attr.required, name).toBe(false);
        }
        if (attr.restates !== null) {
          expect(attr.restates, name).toMatch(/^(use `|leave it out)/);
          expect([attr.required, attr.default], name).toEqual([false, null]);
        }
      }
    }
  });
});

const corpus = path.resolve(import.meta.dirname, '../../../shared/corpus');
const missing = !existsSync(corpus);
if (missing)
  console.warn("libvirt's own test cases are not here; the tests that compare with them are skipped");

describe.skipIf(missing)("libvirt's own test cases", () => {
  const files = (folder: string) =>
    missing ? [] : readdirSync(path.join(corpus, folder)).map((name) => path.join(folder, name));
  const read = (file: string) => element(readFileSync(path.join(corpus, file), 'utf8'));
  const printed = [...files('xml2xmlout'), ...files('updateout')];

  test.each(printed)('%s is printed in the order of the table', (file) => {
    const check = (spec: ElementSpec, at: XmlElement, where: string): void => {
      const attrs = at.attrs.filter((attr) => attr.ns !== XMLNS).map((attr) => attr.name);
      expect(attrs, where).toEqual(
        spec.attrs.map((attr) => attr.name).filter((name) => attrs.includes(name)),
      );
      if (spec.content === 'opaque') return;
      let last = 0;
      for (const child of elementsOf(at)) {
        const own = childSpec(spec, child.local, child.ns);
        expect(own, `${where}.${child.name}`).not.toBeNull();
        if (own === null) return;
        const rank = spec.children.indexOf(own);
        expect(rank, `${where}.${child.name}`).toBeGreaterThanOrEqual(last);
        last = rank;
        check(own, child, `${where}.${child.name}`);
      }
    };
    check(networkSpec, read(file), 'network');
  });

  test.each(printed)('%s is made of values of their types', (file) => {
    const check = (spec: ElementSpec, at: XmlElement, where: string): void => {
      for (const attr of at.attrs) {
        const own = attrSpecOf(spec, attr.name);
        if (own === null) continue;
        // libvirt prints what it means, except where it keeps a dhcp host's MAC as it was written
        const form = canonical(own.type, attr.value);
        expect(
          own.type.kind === 'mac' || own.type.kind === 'duid' ? form?.length : form,
          `${where}@${attr.name}`,
        ).toEqual(own.type.kind === 'mac' || own.type.kind === 'duid' ? expect.any(Number) : attr.value);
      }
      const meaning = meaningOf(spec, at);
      expect([meaning.unknownAttrs, meaning.strayText], where).toEqual([[], null]);
      for (const attr of spec.attrs) {
        if (attr.required) expect(effectiveAttr(spec, at, attr.name), `${where}@${attr.name}`).not.toBeNull();
      }
      for (const child of childrenOf(spec, at)) {
        if (child.spec !== null) check(child.spec, child.element, `${where}.${child.spec.name}`);
      }
    };
    check(networkSpec, read(file), 'network');
  });

  test.each(
    files('xml2xmlin').filter((file) =>
      existsSync(path.join(corpus, file.replace('xml2xmlin', 'xml2xmlout'))),
    ),
  )('%s means what libvirt prints for it', (file) => {
    expect(meant(read(file))).toBe(meant(read(file.replace('xml2xmlin', 'xml2xmlout'))));
  });
});

/** The meaning of a network as text. Generated values are left to the output; order counts within names only. */
function meant(root: XmlElement): string {
  const lines = (spec: ElementSpec, at: XmlElement, depth: number): string => {
    const { attrs, text } = meaningOf(spec, at);
    const head = `${'  '.repeat(depth)}${spec.name} ${[...attrs].map(([name, { value }]) => `${name}=${value}`).join(' ')} ${text?.value ?? ''}`;
    const children = childrenOf(spec, at)
      .filter((child) => child.spec !== null)
      .map((child) => ({ rank: child.spec === null ? 0 : spec.children.indexOf(child.spec), child }))
      .sort((a, b) => a.rank - b.rank);
    return [
      head,
      ...children.map(({ child }) =>
        child.spec === null ? '' : lines(child.spec, child.element, depth + 1),
      ),
    ].join('\n');
  };
  return lines(networkSpec, root, 0);
}
