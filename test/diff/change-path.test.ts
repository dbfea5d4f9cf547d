// Paths written many at once are those written one by one; the hash of changes sees all that a change is.

import { describe, expect, test } from 'vitest';
import { type Change, stepsOf } from '../../src/diff/change.ts';
import { changePaths } from '../../src/diff/change-path.ts';
import { changesHash } from '../../src/diff/changes-hash.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { pathText } from '../../src/network/path.ts';
import { parseDocument } from '../../src/xml/parse.ts';

function documentOf(text: string) {
  const { value } = parseDocument({ name: 'test', text });
  return value ?? expect.fail(text);
}

function network(inner: string, attrs = ''): string {
  return `<network${attrs}><name>n</name>${inner}</network>`;
}

const hosts = (...numbers: readonly number[]): string =>
  numbers.map((n) => `<host mac='52:54:00:00:00:0${n}' ip='10.0.0.${n}'/>`).join('');
const subnet = (inner: string): string => `<ip address='10.0.0.1' prefix='24'><dhcp>${inner}</dhcp></ip>`;

const pairs: readonly (readonly [string | null, string | null])[] = [
  [null, network(subnet(hosts(2, 3)))],
  [network(subnet(hosts(2, 3))), null],
  [network(subnet(hosts(2, 3, 4))), network(subnet(hosts(4, 5)), " ipv6='yes'")],
  [
    network("<dns><txt name='a]b' value='1'/></dns>"),
    network("<dns><txt name='a]b' value='2'/></dns><flood/>"),
  ],
  [network('<title>a</title>'), network('<title>b</title>')],
];

function changesOf([base, result]: readonly [string | null, string | null]): readonly Change[] {
  return diffDocuments(
    base === null ? null : documentOf(base),
    result === null ? null : documentOf(result),
    'config',
  );
}

test.each(pairs)('%s → %s', (base, result) => {
  const changes = changesOf([base, result]);
  expect(changes.length).toBeGreaterThan(0);
  const pathOf = changePaths();
  expect(changes.map(pathOf)).toEqual(changes.map(({ pair, leaf }) => pathText(stepsOf(pair), leaf)));
});

describe('the hash of changes', () => {
  const changes = changesOf([network(subnet(hosts(2, 3))), network(subnet(hosts(3, 4)))]);
  const hash = (list: readonly Change[]): string =>
    changesHash([{ network: 'n', scope: 'config', changes: list }]);
  const first = changes[0]!;

  test('is the same for the same changes, made anew', () => {
    expect(hash(changesOf([network(subnet(hosts(2, 3))), network(subnet(hosts(3, 4)))]))).toBe(hash(changes));
  });

  test.each<[string, readonly Change[]]>([
    ['one fewer', changes.slice(1)],
    ['another order', [...changes].reverse()],
    ['another operation', [{ ...first, op: 'move' }, ...changes.slice(1)]],
    ['another kind', [{ ...first, kind: 'unknown' }, ...changes.slice(1)]],
    ['another path', [{ ...first, leaf: { type: 'text' } }, ...changes.slice(1)]],
    ['another value before', [{ ...first, before: { value: 'x', written: null } }, ...changes.slice(1)]],
    ['another value after', [{ ...first, after: { value: 'x', written: null } }, ...changes.slice(1)]],
    ['another place', [{ ...first, position: { after: null, sibling: null } }, ...changes.slice(1)]],
  ])('differs for %s', (_, other) => {
    expect(hash(other)).not.toBe(hash(changes));
  });

  test('differs for another network, scope, or split over networks', () => {
    const all = [
      [{ network: 'n', scope: 'config', changes }],
      [{ network: 'm', scope: 'config', changes }],
      [{ network: 'n', scope: 'live', changes }],
      [
        { network: 'n', scope: 'config', changes: changes.slice(0, 1) },
        { network: 'n', scope: 'config', changes: changes.slice(1) },
      ],
    ] as const;
    expect(new Set(all.map((documents) => changesHash(documents))).size).toBe(all.length);
  });
});
