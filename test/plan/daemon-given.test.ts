// What the daemon puts into a network by itself is no drift, and nobody's wish: it is taken out of a comparison, and kept
// where a document says nothing about it.

import { describe, expect, test } from 'vitest';
import { stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import { withDaemonGiven, withoutDaemonGiven } from '../../src/plan/daemon-given.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { parseDocument } from '../../src/xml/parse.ts';

const GIVEN = "<uuid>00000000-0000-4000-8000-000000000001</uuid><mac address='52:54:00:00:00:07'/>";
const PORTS = "<port start='1024' end='65535'/>";
const IP = "<ip address='10.0.0.1' prefix='24'/>";

function network(inner: string): XmlDocument {
  const { value } = parseDocument({ name: 'network', text: `<network><name>lab</name>${inner}</network>` });
  if (value === null) throw new Error(inner);
  return value;
}

function changes(before: XmlDocument, after: XmlDocument): readonly string[] {
  return diffDocuments(before, after, 'config').map(
    ({ op, pair, leaf }) => `${op} ${pathText(stepsOf(pair), leaf)}`,
  );
}

describe('what runs, compared with what is stored', () => {
  const drift = (live: string, config: string): readonly string[] => {
    const stored = network(config);
    return changes(withoutDaemonGiven(network(live), stored), stored);
  };

  test.each<readonly [what: string, live: string, config: string]>([
    ['an identity', GIVEN, ''],
    ['a name for the bridge', "<bridge name='virbr0' stp='on' delay='0'/>", "<bridge stp='on'/>"],
    ['a template filled in', "<bridge name='virbr7'/>", "<bridge name='virbr%d'/>"],
    ['ports of NAT', `<forward mode='nat'><nat>${PORTS}</nat></forward>${IP}`, `<forward mode='nat'/>${IP}`],
    [
      'ports beside an address',
      `<forward mode='nat'><nat><address start='1.2.3.4' end='1.2.3.5'/>${PORTS}</nat></forward>${IP}`,
      `<forward mode='nat'><nat><address start='1.2.3.4' end='1.2.3.5'/></nat></forward>${IP}`,
    ],
    [
      'functions of a device',
      "<forward mode='hostdev' managed='yes'><pf dev='eth3'/><address type='pci' domain='0x0000' bus='0x03' slot='0x10' function='0x0'/></forward>",
      "<forward mode='hostdev' managed='yes'><pf dev='eth3'/></forward>",
    ],
  ])('%s', (_, live, config) => {
    expect(drift(live, config)).toEqual([]);
  });

  test.each<readonly [live: string, config: string, drifted: readonly string[]]>([
    ["<bridge name='a'/>", "<bridge name='b'/>", ['modify bridge@name']],
    ["<domain name='a'/>", "<domain name='b'/>", ['modify domain@name']],
    [
      `<forward mode='nat'><nat>${PORTS}</nat></forward>${IP}`,
      `<forward mode='nat'><nat><port start='1' end='9'/></nat></forward>${IP}`,
      ['modify forward.nat.port@start', 'modify forward.nat.port@end'],
    ],
  ])('%s is not %s', (live, config, drifted) => {
    expect(drift(live, config)).toEqual(drifted);
  });
});

describe('what is wanted, made of what is there', () => {
  const base = `${GIVEN}<bridge name='virbr0' stp='on' delay='0'/>${IP}`;
  const wished = (wanted: string, from = base): readonly string[] => {
    const known = network(from);
    return changes(known, withDaemonGiven(network(wanted), known));
  };

  test('silence is no wish', () => {
    expect(wished(IP)).toEqual([]);
    expect(wished(`<bridge stp='off'/>${IP}`)).toEqual(['modify bridge@stp']);
    expect(wished(`<forward/>${IP}`, `${base}<forward><nat>${PORTS}</nat></forward>`)).toEqual([]);
  });

  test('what is said holds', () => {
    expect(wished(`<bridge name='br9'/>${IP}`)).toEqual(['modify bridge@name']);
    expect(wished(`<mac address='52:54:00:00:00:08'/>${IP}`)).toEqual(['modify mac@address']);
  });
});
