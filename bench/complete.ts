// `npx tsx bench/complete.ts`: how long a key press waits for completion and hint on a network of 65,000 hosts. Asserts nothing.
//
// In one process, as in a session, in processor time, which others on the machine disturb least. `warm` is what is worked out
// while the prompt waits, after a statement that made another document; `first` the first key press behind that, `next` the
// median of those that follow; `cold` a first key press without it.

import { parseArgs } from 'node:util';
import { diffDocuments } from '../src/diff/diff.ts';
import { networkSpec } from '../src/network/table.ts';
import { complete, warm } from '../src/repl/complete/complete.ts';
import { hint } from '../src/repl/complete/hint.ts';
import type { World } from '../src/repl/complete/world.ts';
import { makeAttr, withAttrs, withChildren, type XmlDocument, type XmlElement } from '../src/xml/document.ts';
import { parseDocument } from '../src/xml/parse.ts';
import { networkXml, sized } from './generate.ts';
import { median } from './measure.ts';
import { tableText } from './table.ts';

const { values: options } = parseArgs({ options: { hosts: { type: 'string', default: '65000' } } });
const text = networkXml(sized(Number(options.hosts), 0));

const lines = [
  'add ',
  'add host ',
  'add host mac=52:54:00:ff:00:01 ip=',
  'add host mac=52:54:00:ff:00:01 ip=10.3.',
  'add host mac=52:54:00:ff:00:01 ip=10.9.0.1 to ',
  'set ip[10.0.0.1].dhcp.host[',
  'set ip[10.0.0.1].dhcp.host[52:54:00:00:9',
  'set ip[10.0.0.1].dhcp.host[vm-0123',
  'set ip[10.0.0.1].dhcp.host[52:54:00:00:99:99] ',
  'remove host name=vm-05',
  'show ip[10.0.0.1].dhcp.h',
];

function read(): XmlDocument {
  const { value } = parseDocument({ name: 'big.xml', text });
  if (value === null) throw new Error('the network is no XML');
  return value;
}

function worldOf(document: XmlDocument): World {
  return {
    table: networkSpec,
    network: 'big',
    networks: ['big'],
    documents: new Map([['big', document]]),
    variables: [],
    users: [],
    roles: [],
    interfaces: [],
    staged: [],
    topics: [],
    files: () => [],
  };
}

/** The document with another address for its first host, as a statement leaves it. */
function edited(document: XmlDocument, address: string): XmlDocument {
  const change = (element: XmlElement, names: readonly string[]): XmlElement => {
    const [name, ...below] = names;
    if (name === undefined)
      return withAttrs(
        element,
        element.attrs.map((attr) => (attr.name === 'ip' ? makeAttr('ip', address) : attr)),
      );
    const at = element.children.findIndex((child) => child.type === 'element' && child.name === name);
    const child = element.children[at];
    if (child?.type !== 'element') throw new Error(`the network has no ${name}`);
    return withChildren(element, element.children.with(at, change(child, below)));
  };
  return { ...document, root: change(document.root, ['ip', 'dhcp', 'host']) };
}

function milliseconds(act: () => void): number {
  const before = process.cpuUsage();
  act();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e3;
}

function keyPress(world: World, line: string): number {
  return milliseconds(() => {
    complete({ block: '', line }, world);
    hint({ block: '', line }, world);
  });
}

const started = process.hrtime.bigint();
const before = read();
complete({ block: '', line: 's' }, worldOf(before));
const ready = Number(process.hrtime.bigint() - started) / 1e6;

const table: string[][] = [['line', 'cold', 'warm', 'first', 'next']];
let document = before;
for (const [at, line] of lines.entries()) {
  const cold = keyPress(worldOf(read()), line);
  const staged = edited(document, `10.200.0.${at + 1}`);
  diffDocuments(document, staged, 'config'); // as the session does to tell what changed
  document = staged;
  const world = worldOf(staged);
  const ahead = milliseconds(() => warm(world));
  const first = keyPress(world, line);
  const next = median(Array.from({ length: 9 }, () => keyPress(world, line)));
  table.push([line, ...[cold, ahead, first, next].map((ms) => ms.toFixed(1))]);
}
process.stdout.write(
  `${options.hosts} hosts, milliseconds; reading the network took ${ready.toFixed(0)}\n\n`,
);
process.stdout.write(tableText(table, new Set([0])));
