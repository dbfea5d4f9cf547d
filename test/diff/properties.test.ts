// The promises of diff and replay over random networks and random edits: complete, quiet about spelling, kind to the bytes.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Change } from '../../src/diff/change.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { replay } from '../../src/diff/replay.ts';
import { sameChanges } from '../../src/diff/same-changes.ts';
import { printAsLibvirt } from '../../src/network/libvirt-print.ts';
import { isAbsentEquivalent } from '../../src/network/meaning.ts';
import { pathText } from '../../src/network/path.ts';
import { checkParse } from '../../src/network/rules.ts';
import { networkSpec } from '../../src/network/table.ts';
import type { XmlDocument } from '../../src/xml/document.ts';
import { formatXml } from '../../src/xml/format.ts';
import { parseDocument } from '../../src/xml/parse.ts';
import { printDocument } from '../../src/xml/print.ts';
import { randomNetwork, randomOf } from '../integration/random-network.ts';
import { randomEdits } from './random-edits.ts';

/** The same networks in every run, so that a red test is about the change at hand; SEED=$RANDOM looks at others. */
const OPTIONS = { numRuns: 60, seed: Number(process.env['SEED'] ?? 20261122) };
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function document(text: string): XmlDocument {
  const { value, diagnostics } = parseDocument({ name: 'x.xml', text });
  if (value === null) throw new Error(`${diagnostics[0]?.message}\n${text}`);
  return value;
}

/** A network, and the same after some edits; both may break rules, as stored networks may. */
const pairs = fc.tuple(seeds, fc.integer({ min: 1, max: 12 })).map(([seed, edits]) => {
  const random = randomOf(seed);
  const base = document(randomNetwork(random, 'n', 0.05, 0.1));
  const donor = document(randomNetwork(random, 'n', 0.1, 0.2));
  return { base, result: document(randomEdits(random, base.root, donor.root, edits)) };
});

const texts = (changes: readonly Change[]): readonly string[] =>
  changes.map((change) => {
    const after =
      change.position === null
        ? ''
        : ` behind ${change.position.after === null ? 'none' : pathText([change.position.after])}`;
    return `${change.op} ${change.kind} ${pathText(stepsOf(change.pair), change.leaf)} ${change.before?.value} ${change.after?.value}${after}`;
  });

test('what is replayed means what was wanted, and is found the same again', () => {
  fc.assert(
    fc.property(pairs, ({ base, result }) => {
      const changes = diffDocuments(base, result, 'config');
      const made = replay(base, changes);
      // a `trunk` that contradicts its tags (libvirt refuses it) is not carried over
      expect(
        texts(diffDocuments(result, made, 'config')).filter((text) => !text.includes('@trunk ')),
      ).toEqual([]);
      const again = diffDocuments(base, made, 'config');
      expect(texts(again)).toEqual(texts(changes));
      expect(sameChanges(again, changes)).toBe(true);
      // the text that is written means the same as the tree that was gated
      expect(texts(diffDocuments(made, document(printDocument(made)), 'config'))).toEqual([]);
    }),
    OPTIONS,
  );
});

test('an independent reader agrees: libvirt would print the wanted and the replayed network alike', () => {
  fc.assert(
    fc.property(pairs, ({ base, result }) => {
      // what libvirt refuses it does not print, and of metadata it prints the first of each namespace, in whichever order
      fc.pre(!base.source.text.includes('<metadata') && !result.source.text.includes('<metadata'));
      fc.pre(![base, result].some((doc) => checkParse(doc).some(({ severity }) => severity === 'error')));
      const made = replay(base, diffDocuments(base, result, 'config'));
      expect(printed(made)).toEqual(printed(result));
    }),
    OPTIONS,
  );
});

/** The lines of libvirt's print, in any order, for the order of children with different names says nothing. */
function printed(doc: XmlDocument): readonly string[] {
  return (
    printAsLibvirt(normal(doc))
      // written defaults are printed as they are written, and mean nothing
      .replace(
        / (localPtr|localOnly|isolated)='no'| (enable|forwardPlainNames)='yes'| xmlns:xml="[^"]*"/g,
        '',
      )
      .split('\n')
      .filter((line) => !/<(metadata|port|dns)\/>/.test(line))
      .sort()
  );
}

/** Spelling that libvirt keeps and Sluice does not count as a change is made the same: rebuilt from nothing. */
function normal(doc: XmlDocument): XmlDocument {
  const empty = document('<network><name>n</name></network>');
  const rebuilt = replay(empty, diffDocuments(empty, doc, 'config'));
  return document(printDocument(rebuilt));
}

test('a network does not differ from itself, however it is laid out', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const doc = document(randomNetwork(randomOf(seed), 'n', 0.1, 0.2));
      expect(texts(diffDocuments(doc, document(formatXml(doc)), 'config'))).toEqual([]);
      expect(replay(doc, []).root).toBe(doc.root);
    }),
    OPTIONS,
  );
});

test('there and back again is nothing', () => {
  fc.assert(
    fc.property(pairs, ({ base, result }) => {
      const made = replay(base, diffDocuments(base, result, 'config'));
      const back = replay(made, diffDocuments(made, base, 'config'));
      expect(texts(diffDocuments(base, back, 'config'))).toEqual([]);
    }),
    OPTIONS,
  );
});

test('a change and its opposite are found together', () => {
  const opposite = { add: 'remove', remove: 'add', modify: 'modify', move: 'move' } as const;
  fc.assert(
    fc.property(pairs, ({ base, result }) => {
      // order and the numbers of unknown siblings have no opposite, and a tag more or less settles `trunk` in one direction only
      const counted = ({ op, kind, leaf }: Change) =>
        op !== 'move' &&
        kind !== 'unknown' &&
        kind !== 'opaque' &&
        !(leaf.type === 'attribute' && leaf.name === 'trunk');
      const there = diffDocuments(base, result, 'config').filter(counted);
      const back = diffDocuments(result, base, 'config').filter(counted);
      const of = (changes: readonly Change[], turn: boolean) =>
        changes
          .map((one) => `${turn ? opposite[one.op] : one.op} ${pathText(stepsOf(one.pair), one.leaf)}`)
          .sort();
      expect(of(back, true)).toEqual(of(there, false));
    }),
    OPTIONS,
  );
});

test('an element that means nothing is never a change', () => {
  const doc = document(
    '<network><name>n</name><dns/><ip address="10.0.0.1" prefix="24"><dhcp> <!-- c --> </dhcp></ip></network>',
  );
  const without = document('<network><name>n</name><ip address="10.0.0.1" prefix="24"/></network>');
  expect(isAbsentEquivalent(networkSpec, doc.root)).toBe(false);
  expect(texts(diffDocuments(doc, without, 'config'))).toEqual([]);
});
