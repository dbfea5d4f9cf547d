// What the table says is all that completion needs: an element that libvirt has yet to invent is completed without more.

import { expect, test } from 'vitest';
import type { AttrSpec, ElementSpec } from '../../../src/network/spec.ts';
import { networkSpec } from '../../../src/network/table.ts';
import { complete } from '../../../src/repl/complete/complete.ts';
import { hint } from '../../../src/repl/complete/hint.ts';
import { documentOf, world } from './world.ts';

const attr = (name: string, type: AttrSpec['type'], required: boolean): AttrSpec => ({
  name,
  type,
  required,
  default: null,
  restates: null,
  doc: `the ${name} of a beacon`,
});

const beacon: ElementSpec = {
  name: 'beacon',
  local: 'beacon',
  ns: '',
  cardinality: 'many',
  attrs: [
    attr('name', { kind: 'name' }, true),
    attr('colour', { kind: 'enum', values: ['red', 'green'] }, false),
    attr('lit', { kind: 'enum', values: ['yes', 'no'] }, false),
    attr('dev', { kind: 'name', of: 'interface' }, false),
  ],
  children: [],
  text: null,
  key: { alternatives: [{ kind: 'name', parts: [{ attr: 'name' }] }], separator: '/' },
  content: 'known',
  mustBeNamed: false,
  absentWhenEmpty: false,
  doc: 'a light on the switch',
};

const later = {
  ...world,
  table: { ...networkSpec, children: [...networkSpec.children, beacon] },
  documents: new Map([
    ['default', documentOf("<network><name>default</name><beacon name='north' colour='red'/></network>")],
  ]),
};

function offered(line: string): readonly string[] {
  const { candidates } = complete({ block: '', line }, later);
  return candidates.map(({ text, help }) => `${text}  ${help}`);
}

test.each<[string, readonly string[]]>([
  ['add bea', ['beacon  a light on the switch']],
  ['add beacon name=south col', ['colour=  the colour of a beacon']],
  ['add beacon name=south colour=', ['red  ', 'green  ']],
  ['add beacon name=south lit=', ['yes  ', 'no  ']],
  ['add beacon name=south dev=', ['eth0  interface of the host', 'eth1  interface of the host']],
  ['remove bea', ['beacon[north]  colour=red']],
  ['remove beacon[', ['north]  colour=red', 'colour=  by: the colour of a beacon']],
  ['unset beacon[north]@', ['colour  the colour of a beacon: now red']],
  ['assert beacon[north]@col', ['colour  the colour of a beacon']],
  ['show bea', ['beacon[north]  colour=red']],
  ['can modify beacon[north]@', ['colour  the colour of a beacon']],
])('%s', (line, wanted) => {
  expect(offered(line)).toEqual(expect.arrayContaining([...wanted]));
});

test('what it lacks is hinted', () => {
  expect(hint({ block: '', line: 'add beacon ' }, later)).toContain('name=NAME');
});
