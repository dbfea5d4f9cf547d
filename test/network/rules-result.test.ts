// What a result may not have that its base did not: checkResult, by pairs of networks.

import { describe, expect, test } from 'vitest';
import { checkResult } from '../../src/network/rules.ts';
import {
  makeAttr,
  makeElement,
  withChildren,
  type XmlDocument,
  type XmlElement,
} from '../../src/xml/document.ts';
import { document } from './rules-document.ts';

const dhcp = (inner: string, address = '10.0.0.1'): string =>
  `<ip address='${address}' prefix='24'><dhcp>${inner}</dhcp></ip>`;
const A = "<host mac='52:54:00:00:00:0a' name='a' ip='10.0.0.10'/>";
const B = "<host mac='52:54:00:00:00:0b' name='b' ip='10.0.0.11'/>";

/** `base` null is a new network. */
function said(base: string | null, result: string): readonly string[] {
  const whole = (inner: string): XmlDocument => document(`<network><name>n</name>${inner}</network>`);
  return checkResult(base === null ? null : whole(base), whole(result)).map(
    (d) => `${d.severity} ${d.code} ${d.message}`,
  );
}

describe('problems that the base had already', () => {
  const broken = `<bridge stp='on' delay='x'/><forward mode='route'/>${dhcp("<host name='-' ip='10.9.9.9'/>", '10.0.0.1')}`;

  test('count against a new network', () => {
    expect(said(null, broken).map((line) => line.slice(0, 14))).toEqual([
      'error SL203 `d',
      'error SL213 th',
      'warning SL214 ',
    ]);
  });

  test('do not count when they stay', () => {
    expect(said(broken, `${broken}<domain name='a'/>`)).toEqual([]);
  });

  test('do not count when one of them is repaired', () => {
    expect(said(broken, broken.replace("delay='x'", "delay='1'"))).toEqual([]);
  });

  test('count when the wrong value becomes another wrong value', () => {
    expect(said(broken, broken.replace("delay='x'", "delay='y'"))).toEqual([
      'error SL203 `delay` of `bridge` is `y`',
    ]);
  });

  test('count at another place', () => {
    expect(said(broken, broken.replace('10.0.0.1', '10.0.1.1'))).toEqual([
      'error SL213 the host name `-` does not start with a letter or digit',
      'warning SL214 `10.9.9.9` is outside the network `10.0.1.0/24`',
    ]);
  });

  test('of a kind there may be no more than before', () => {
    const one = "<domain name='a'/><domain name='b'/>";
    expect(said(one, one)).toEqual([]);
    expect(said(one, `${one}<domain name='c'/>`)).toEqual(['error SL250 `domain` is here a second time']);
  });
});

describe('removing what others need', () => {
  const base = `<forward mode='route'/>${dhcp(A)}<ip address='10.1.0.1' prefix='24'/><route address='10.5.0.0' prefix='16' gateway='10.1.0.9'/>`;

  test('the ip that a route goes through', () => {
    expect(said(base, base.replace("<ip address='10.1.0.1' prefix='24'/>", ''))).toEqual([
      'error SL217 the gateway `10.1.0.9` lies in no `ip` of this network',
    ]);
  });

  test('the last ip of a routed network', () => {
    expect(
      said("<forward mode='route'/><ip address='10.1.0.1' prefix='24'/>", "<forward mode='route'/>"),
    ).toEqual(['error SL231 a forward of mode `route`, but the network has no `ip`']);
  });

  test('the prefix that hosts were inside of', () => {
    expect(said(dhcp(A), dhcp(A).replace("prefix='24'", "prefix='29'"))).toEqual([
      'warning SL214 `10.0.0.10` is outside the network `10.0.0.0/29`',
    ]);
  });
});

describe('equal keys (rule 6)', () => {
  const twice = (n: number): string => `<dns>${"<txt name='a' value='b'/>".repeat(n)}</dns>`;

  test.each([
    [1, 1, 0],
    [1, 2, 1],
    [2, 2, 0],
    [3, 2, 0],
    [2, 4, 2],
  ])('%i in the base, %i in the result', (before, after, refused) => {
    expect(said(twice(before), twice(after))).toEqual(
      Array.from({ length: refused }, () => 'error SL251 a second `txt` with the key `a`'),
    );
  });

  test('both places are shown', () => {
    const [problem] = checkResult(
      document(`<network><name>n</name>${twice(1)}</network>`),
      document(`<network><name>n</name>${twice(2)}</network>`),
    );
    expect(problem?.span?.start).toBeGreaterThan(problem?.labels[0]?.span.start ?? Number.POSITIVE_INFINITY);
  });

  test('dnsmasq options may repeat', () => {
    const options = (n: number): string =>
      `<d:options xmlns:d='http://libvirt.org/schemas/network/dnsmasq/1.0'>${"<d:option value='a=b'/>".repeat(n)}</d:options>`;
    expect(said(options(1), options(3))).toEqual([]);
  });

  test('spelling does not make another key', () => {
    const ip = (address: string): string => `<ip address='${address}' family='ipv6' prefix='64'/>`;
    expect(said(ip('fd00::1'), ip('fd00::1') + ip('FD00:0::1'))).toEqual([
      'error SL251 a second `ip` with the key `fd00::1`',
    ]);
  });
});

describe('dhcp hosts that share (rule 28)', () => {
  const other = (attrs: string): string => `<host ${attrs}/>`;

  test('a new host takes nothing of another', () => {
    expect(said(dhcp(A), dhcp(A + B))).toEqual([]);
  });

  test.each([
    ["mac='52:54:00:00:00:0A' ip='10.0.0.12'", '`mac` `52:54:00:00:00:0A`'],
    ["mac='52:54:0:0:0:a' name='x' ip='10.0.0.12'", '`mac` `52:54:0:0:0:a`'],
    ["mac='52:54:00:00:00:0c' ip='10.0.0.10'", '`ip` `10.0.0.10`'],
    ["mac='52:54:00:00:00:0c' name='a' ip='10.0.0.10'", '`ip` `10.0.0.10` and `name` `a`'],
  ])('a new host %s', (attrs, shared) => {
    expect(said(dhcp(A), dhcp(A + other(attrs)))).toEqual([
      `error SL252 another host of this network has ${shared} already`,
    ]);
  });

  test('an equal name is a warning: rule 28 is about mac and ip', () => {
    expect(said(dhcp(A), dhcp(A + other("mac='52:54:00:00:00:0c' name='a' ip='10.0.0.12'")))).toEqual([
      'warning SL252 another host of this network has `name` `a` already',
    ]);
  });

  test('under another ip of the same family', () => {
    const result = dhcp(A) + dhcp(other("mac='52:54:00:00:00:0a' ip='10.0.1.5'"), '10.0.1.1');
    expect(said(dhcp(A), result)).toContain(
      'error SL252 another host of this network has `mac` `52:54:00:00:00:0a` already',
    );
  });

  test('not across families', () => {
    const six =
      "<ip address='fd00::1' family='ipv6' prefix='64'><dhcp><host name='a' ip='fd00::5'/></dhcp></ip>";
    expect(said(dhcp(A), dhcp(A) + six)).toEqual([]);
  });

  test('a changed host takes what another has', () => {
    expect(said(dhcp(A + B), dhcp(A + B.replace('10.0.0.11', '10.0.0.10')))).toEqual([
      'error SL252 another host of this network has `ip` `10.0.0.10` already',
    ]);
  });

  test('two new hosts claim the same', () => {
    expect(said(dhcp(A), dhcp(A + B + B.replace('0b', '0c').replace("'b'", "'c'")))).toEqual([
      'error SL252 another host of this network has `ip` `10.0.0.11` already',
    ]);
  });

  test('hosts that shared before may be changed, and repaired', () => {
    const shared = A + B.replace('10.0.0.11', '10.0.0.10');
    expect(said(dhcp(shared), dhcp(shared.replace("'b'", "'c'")))).toEqual([]);
    expect(said(dhcp(shared), dhcp(A + B))).toEqual([]);
  });

  test('one that shared before is no licence for a third', () => {
    const shared = A + B.replace('10.0.0.11', '10.0.0.10');
    expect(said(dhcp(shared), dhcp(`${A}<host mac='52:54:00:00:00:0c' name='c' ip='10.0.0.10'/>`))).toEqual([
      'error SL252 another host of this network has `ip` `10.0.0.10` already',
    ]);
  });

  test('two hosts swap addresses', () => {
    const swapped = A.replace('10.0.0.10', '10.0.0.11') + B.replace('10.0.0.11', '10.0.0.10');
    expect(said(dhcp(A + B), dhcp(swapped))).toEqual([]);
  });

  test('the first is removed as another takes its address', () => {
    expect(said(dhcp(A + B), dhcp(B.replace('10.0.0.11', '10.0.0.10')))).toEqual([]);
  });
});

describe('a long list of hosts', () => {
  const many = 65_000;
  const hosts = Array.from(
    { length: many },
    (_, i) =>
      `<host mac='52:54:00:${[i >> 16, (i >> 8) & 255, i & 255].map((b) => b.toString(16).padStart(2, '0')).join(':')}' ip='10.${(i >> 14) + 1}.${(i >> 7) & 127}.${(i & 127) + 1}'/>`,
  );
  const base = document(
    `<network><name>n</name><ip address='10.0.0.1' prefix='8'><dhcp>\n${hosts.join('\n')}\n</dhcp></ip></network>`,
  );

  /** The base with hosts added, every other node being the same object. */
  function withHosts(added: readonly XmlElement[]): XmlDocument {
    const element = (parent: XmlElement, name: string): XmlElement => {
      const found = parent.children.find(
        (child): child is XmlElement => child.type === 'element' && child.local === name,
      );
      if (found === undefined) throw new Error(`no ${name}`);
      return found;
    };
    const replaced = (parent: XmlElement, child: XmlElement, by: XmlElement): XmlElement =>
      withChildren(
        parent,
        parent.children.map((one) => (one === child ? by : one)),
      );
    const ip = element(base.root, 'ip');
    const list = element(ip, 'dhcp');
    return {
      ...base,
      root: replaced(base.root, ip, replaced(ip, list, withChildren(list, [...list.children, ...added]))),
    };
  }

  test('is checked in linear time, and one bad host is found in it', () => {
    const added = Array.from({ length: 5_000 }, (_, i) =>
      makeElement(
        { name: 'host', local: 'host', ns: '' },
        [
          makeAttr('mac', `52:54:01:00:${(i >> 8).toString(16)}:${(i & 255).toString(16)}`),
          makeAttr('ip', `10.200.${i >> 8}.${i & 255}`),
        ],
        [],
      ),
    );
    const thief = makeElement(
      { name: 'host', local: 'host', ns: '' },
      [makeAttr('name', 'thief'), makeAttr('ip', '10.1.0.1')],
      [],
    );
    const sound = withHosts(added);
    const unsound = withHosts([...added, thief]);
    const start = performance.now();
    expect(checkResult(base, sound)).toEqual([]);
    expect(checkResult(base, unsound).map((d) => d.message)).toEqual([
      'another host of this network has `ip` `10.1.0.1` already',
    ]);
    // a quadratic comparison takes minutes; the limit is generous because tests share a machine
    expect(performance.now() - start).toBeLessThan(20_000);
  });
});
