// Random edits of a network's XML over the whole element table: sound ones, odd ones, and everything that libvirt drops.

import { allSpecs } from '../../src/network/table.ts';
import { escapeText, escapeValue } from '../../src/xml/characters.ts';
import type { XmlElement } from '../../src/xml/document.ts';
import type { Random } from '../integration/random-network.ts';

type Tree = { name: string; attrs: [string, string][]; children: (Tree | string)[] };

/** The text of `base` after `count` random edits; pieces of `donor` come into it. */
export function randomEdits(random: Random, base: XmlElement, donor: XmlElement, count: number): string {
  const tree = treeOf(base);
  const pieces = flat(treeOf(donor));
  for (let i = 0; i < count; i++) edit(random, tree, pieces);
  return printed(tree);
}

function treeOf(element: XmlElement): Tree {
  return {
    name: element.name,
    attrs: element.attrs.map((attr) => [attr.name, attr.value]),
    children: element.children.flatMap((child): (Tree | string)[] =>
      child.type === 'element' ? [treeOf(child)] : child.type === 'text' ? [child.value] : [],
    ),
  };
}

function printed(tree: Tree): string {
  const attrs = tree.attrs.map(([name, value]) => ` ${name}='${escapeValue(value, "'")}'`).join('');
  const inner = tree.children
    .map((child) => (typeof child === 'string' ? escapeText(child) : printed(child)))
    .join('');
  return `<${tree.name}${attrs}>${inner}</${tree.name}>`;
}

function flat(tree: Tree): Tree[] {
  return [tree, ...kids(tree).flatMap(flat)];
}

function kids(tree: Tree): Tree[] {
  return tree.children.filter((child): child is Tree => typeof child !== 'string');
}

const copy = (tree: Tree): Tree => structuredClone(tree);

/** Names that the table knows in an element of that name. */
const attrNames = new Map<string, string[]>();
for (const { spec } of allSpecs())
  attrNames.set(spec.name, [...(attrNames.get(spec.name) ?? []), ...spec.attrs.map((attr) => attr.name)]);

const ODD = [
  '',
  'x',
  "it's",
  'a"b',
  '$x',
  '${y}',
  'a b',
  '#1',
  '*',
  'a=b',
  'é',
  '\u202e',
  '\u00a0',
  'a\\b',
  'a/b',
  'a-b',
  '0',
  '52:54:00:00:00:01',
  'line\nline',
  '\t',
  '<x>',
  '\u007f',
  ']]>',
  ';',
  '{',
  '😀',
];
const GOOD = [
  'yes',
  'no',
  'on',
  'off',
  '10.0.0.1',
  '10.0.0.7',
  'fd00::1',
  '10.1.0.0',
  '24',
  '16',
  '255.255.255.0',
  '255.0.0.0',
  '52:54:00:00:00:01',
  '52:54:00:00:00:0A',
  '52:54:00:00:00:0a',
  'eth0',
  'eth1',
  'web',
  'n1',
  'n2',
  'nat',
  'route',
  '60',
  '3600',
  '1',
  '2',
  'seconds',
  'minutes',
  'hours',
  'ipv4',
  'ipv6',
  'tcp',
  'ldap',
  'a.example.com',
];

const UNKNOWN: (() => Tree)[] = [
  () => ({ name: 'flood', attrs: [['limit', '5']], children: [] }),
  () => ({
    name: 'flood',
    attrs: [['limit', '6\'"']],
    children: [{ name: 'deep', attrs: [], children: ['te xt'] }],
  }),
  () => ({ name: 'a.b', attrs: [], children: ['dotted'] }),
  () => ({
    name: 'a:b',
    attrs: [
      ['xmlns:a', 'urn:a'],
      ['a:c', '1'],
    ],
    children: [],
  }),
  () => ({
    name: 'bridge',
    attrs: [
      ['xmlns', 'urn:b'],
      ['name', 'x'],
    ],
    children: [],
  }),
  () => ({
    name: 'x:host',
    attrs: [['xmlns:x', 'urn:"x']],
    children: ['\u202e', { name: 'x:y', attrs: [], children: [] }],
  }),
  () => ({ name: 'to', attrs: [['if', 'exists']], children: [] }),
];

function edit(random: Random, root: Tree, pieces: readonly Tree[]): void {
  const { pick, below, chance } = random;
  const all = flat(root);
  const at = chance(0.15) ? root : pick(all);
  const inner = kids(at);
  const value = (): string =>
    chance(0.25)
      ? pick(ODD)
      : chance(0.5)
        ? pick(GOOD)
        : pick(pick(pieces).attrs.concat([['', pick(GOOD)]]))[1];
  switch (below(16)) {
    case 0:
      if (inner.length > 0) at.children.splice(at.children.indexOf(pick(inner)), 1);
      break;
    case 1: {
      if (inner.length === 0) break;
      const twin = copy(pick(inner));
      const attr = twin.attrs.length > 0 && chance(0.5) ? pick(twin.attrs) : undefined;
      if (attr !== undefined) attr[1] = value();
      at.children.splice(below(at.children.length + 1), 0, twin);
      break;
    }
    case 2:
      for (let i = at.children.length - 1; i > 0; i--) {
        const j = below(i + 1);
        [at.children[i], at.children[j]] = [at.children[j] as Tree, at.children[i] as Tree]; // both are inside
      }
      break;
    case 3: {
      if (inner.length === 0) break;
      const [moved] = at.children.splice(at.children.indexOf(pick(inner)), 1);
      if (moved !== undefined) at.children.splice(below(at.children.length + 1), 0, moved);
      break;
    }
    case 4:
    case 5:
    case 6: {
      const attr = at.attrs.length > 0 ? pick(at.attrs) : undefined;
      if (attr !== undefined && !attr[0].startsWith('xmlns')) attr[1] = value();
      break;
    }
    case 7:
      if (at.attrs.length > 0) {
        const gone = pick(at.attrs);
        if (!gone[0].startsWith('xmlns')) at.attrs.splice(at.attrs.indexOf(gone), 1);
      }
      break;
    case 8:
    case 9: {
      const names = attrNames.get(at.name) ?? [];
      if (names.length === 0) break;
      setAttr(at, pick(names), value());
      break;
    }
    case 10: {
      const [name, uri] = pick([
        ['x-note', ''],
        ['colour', ''],
        ['a.b', ''],
        ['if', ''],
        ['q:z', 'urn:q'],
        ['q:stp', 'urn:q'],
        ['xml:lang', ''],
      ] as const);
      if (uri !== '') setAttr(at, 'xmlns:q', uri);
      setAttr(at, name, value());
      break;
    }
    case 11:
      at.children.splice(below(at.children.length + 1), 0, pick(UNKNOWN)());
      break;
    case 12:
    case 13: {
      // a piece of the other network where it belongs
      const parent = pick(pieces);
      const child = kids(parent);
      const here = all.filter((one) => one.name === parent.name);
      if (child.length > 0 && here.length > 0) {
        const target = pick(here);
        target.children.splice(below(target.children.length + 1), 0, copy(pick(child)));
      }
      break;
    }
    case 14:
      if (at.name === 'forward') setAttr(at, 'dev', pick(['eth0', 'eth1', '']));
      else if (chance(0.3))
        at.children.splice(below(at.children.length + 1), 0, pick(['stray', ' ', '\n', 'a\nb']));
      break;
    default: {
      const texts = at.children.findIndex((child) => typeof child === 'string' && child.trim() !== '');
      if (texts !== -1) at.children[texts] = value();
    }
  }
}

function setAttr(tree: Tree, name: string, value: string): void {
  const there = tree.attrs.find((attr) => attr[0] === name);
  if (there === undefined) tree.attrs.push([name, value]);
  else if (!name.startsWith('xmlns')) there[1] = value;
}
