// The world that the cases of completion are about: a small network in use, and another one.

import { readFileSync } from 'node:fs';
import { networkSpec } from '../../../src/network/table.ts';
import type { World } from '../../../src/repl/complete/world.ts';
import type { XmlDocument } from '../../../src/xml/document.ts';
import { parseDocument } from '../../../src/xml/parse.ts';

export function documentOf(text: string): XmlDocument {
  const { value } = parseDocument({ name: 'network.xml', text });
  if (value === null) throw new Error('the network is no XML');
  return value;
}

const lab = "<network><name>lab</name><ip address='10.9.0.1' prefix='24'><dhcp/></ip></network>";

export const world: World = {
  table: networkSpec,
  network: 'default',
  networks: ['default', 'lab'],
  documents: new Map([
    ['default', documentOf(readFileSync(new URL('network.xml', import.meta.url), 'utf8'))],
    ['lab', documentOf(lab)],
  ]),
  variables: [{ name: 'rack', about: '7' }],
  users: ['alice', 'olga'],
  roles: ['operator'],
  interfaces: ['eth0', 'eth1'],
  staged: ['set bridge stp=off', 'remove domain'],
  topics: [{ text: 'SL430', help: 'a code' }],
  files: (begun) => ['hosts.csv', 'scripts/'].filter((name) => name.startsWith(begun)),
};
