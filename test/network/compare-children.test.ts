// What two versions of a list share, against the plain definition, on lists in which things are added, removed, replaced
// and moved.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { alignNodes, compareChildren } from '../../src/network/compare-children.ts';
import type { SemChild } from '../../src/network/meaning.ts';
import { keyIdentity } from '../../src/network/path.ts';
import { specAt } from '../../src/network/table.ts';
import { makeAttr, makeElement, withChildren, type XmlElement } from '../../src/xml/document.ts';
import { element } from './read.ts';

const DHCP = specAt(['ip', 'dhcp'])!; // it is in the table

const edits = fc.array(
  fc.tuple(fc.constantFrom('add', 'remove', 'replace', 'move'), fc.nat(100), fc.nat(100)),
  { maxLength: 40 },
);

function host(n: number): string {
  return `<host mac='52:54:00:00:00:${String(n % 100).padStart(2, '0')}' ip='10.0.0.${n % 100}'/>`;
}

function made(n: number): XmlElement {
  const mac = makeAttr('mac', `52:54:00:00:00:${String(n % 100).padStart(2, '0')}`);
  return makeElement({ name: 'host', local: 'host', ns: '' }, [mac], []);
}

function read(text: string): XmlElement {
  return element(`<dhcp>${text}</dhcp>`);
}

function edited(base: XmlElement, list: readonly (readonly [string, number, number])[]): XmlElement {
  const after = [...base.children];
  for (const [edit, a, b] of list) {
    const at = after.length === 0 ? 0 : a % after.length;
    if (edit === 'add') after.splice(at, 0, made(b));
    else if (edit === 'remove') after.splice(at, 1);
    else if (edit === 'replace' && after.length > 0) after.splice(at, 1, made(b));
    else if (edit === 'move')
      after.splice(after.length === 0 ? 0 : b % after.length, 0, ...after.splice(at, 1));
  }
  return withChildren(base, after);
}

const versions = fc
  .record({ hosts: fc.array(fc.nat(99), { maxLength: 40 }), once: edits, twice: edits })
  .map(({ hosts, once, twice }) => {
    const base = read(hosts.map((n) => `${host(n)}\n`).join(''));
    const result = edited(base, once);
    // the second pair begins with a list that is not as it was read
    return [
      [base, result],
      [result, edited(result, twice)],
    ] as const;
  });

test('finds exactly what is the same, what is new and what is gone', () => {
  fc.assert(
    fc.property(versions, (pairs) => {
      for (const [{ children: before }, { children: after }] of pairs) {
        const { from, fresh, gone } = alignNodes(before, after);
        expect([...from]).toEqual(after.map((node) => before.indexOf(node)));
        expect(fresh).toEqual(after.filter((one) => !before.includes(one)));
        expect(gone).toEqual(before.filter((one) => !after.includes(one)));
      }
    }),
    { numRuns: 300 },
  );
});

function identities(children: readonly SemChild[]): readonly string[] {
  const seen = new Map<string, number>();
  return children.map(({ spec, key, element: { name } }) => {
    const id = `${spec?.name ?? name} ${key === null ? '' : keyIdentity(key)}`;
    const nth = (seen.get(id) ?? 0) + 1;
    seen.set(id, nth);
    return `${id} ${nth}`;
  });
}

test('matches children by key and n', () => {
  fc.assert(
    fc.property(versions, (pairs) => {
      for (const [base, result] of pairs) {
        const { was, is, from, match, wasNth, isNth } = compareChildren(DHCP, base, result);
        const before = identities(was);
        const after = identities(is);
        expect([...match]).toEqual(after.map((id) => before.indexOf(id)));
        expect([...from]).toEqual(is.map((child) => was.findIndex((one) => one.element === child.element)));
        expect(before.map((id) => Number(id.split(' ').at(-1)))).toEqual(
          was.map((_, at) => wasNth.get(at) ?? 1),
        );
        expect(after.map((id) => Number(id.split(' ').at(-1)))).toEqual(
          is.map((_, at) => isNth.get(at) ?? 1),
        );
        expect(is.map((child) => child.element)).toEqual(
          result.children.filter((node) => node.type === 'element'),
        );
      }
    }),
    { numRuns: 300 },
  );
});
