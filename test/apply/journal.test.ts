// The journal: it goes on after a torn line, stops at a broken one, and is quick with large plans.

import {
  appendFileSync,
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { sealLine } from '../../src/apply/files/journal.ts';
import { applyBody } from '../../src/apply/files/journal-entry.ts';
import { readJournal, readRevisionText } from '../../src/apply/files/read-journal.ts';
import type { Change, Pair } from '../../src/diff/change.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { apply, directory, filesOf, line, litterOf, outcomeText, revisionsOf } from './harness.ts';
import { network, planned } from './plans.ts';

/** A directory whose network `a` is at its third revision, with that text. */
async function threeRevisions(): Promise<{
  readonly root: string;
  readonly journal: string;
  readonly lines: readonly string[];
}> {
  const root = directory({ 'a.xml': network('a', '0') });
  const target = openFilesTarget(root);
  for (const number of [1, 2, 3]) {
    const outcome = await apply(target, { a: [network('a', `${number - 1}`), network('a', `${number}`)] });
    expect(outcomeText(outcome)).toBe(`applied ${number}`);
  }
  const journal = path.join(root, '.sluice/journal.jsonl');
  return { root, journal, lines: readFileSync(journal, 'utf8').split(/(?<=\n)/) };
}

const fourth = { a: [network('a', '3'), network('a', '4')] } as const;

function faultOf(root: string): string | null {
  const journal = readJournal(root);
  if (!journal.ok) throw new Error(line(journal.error));
  return journal.value.fault === null ? null : line(journal.value.fault);
}

describe('a journal', () => {
  test('binds each line to the one before', async () => {
    const { root, lines } = await threeRevisions();
    const parsed = lines.map((one) => JSON.parse(one) as { previous: string | null; hash: string });
    expect(parsed.map(({ previous }) => previous)).toEqual([null, parsed[0]!.hash, parsed[1]!.hash]);
    for (const [index, { hash }] of parsed.entries()) {
      expect(sha256Hex(lines[index]!.replace(/,"hash":"[0-9a-f]{64}"\}\n$/, ''))).toBe(hash);
    }
    expect(revisionsOf(root)).toEqual([1, 2, 3]);
  });

  test('is closed to others, as are the texts', async () => {
    const { root } = await threeRevisions();
    const own = path.join(root, '.sluice');
    const modes = [
      'journal.jsonl',
      ...readdirSync(path.join(own, 'objects')).map((name) => `objects/${name}`),
    ].map((name) => statSync(path.join(own, name)).mode & 0o007);
    expect(new Set(modes)).toEqual(new Set([0]));
  });

  test('keeps every text that ever was', async () => {
    const { root } = await threeRevisions();
    for (const number of [0, 1, 2, 3]) {
      const text = network('a', `${number}`);
      expect(readRevisionText(root, sha256Hex(text))).toEqual({ ok: true, value: text });
    }
    expect(readRevisionText(root, sha256Hex('nothing'))).toEqual({ ok: true, value: null });
  });

  test('that is not there has no entries', () => {
    expect(readJournal(directory())).toEqual({ ok: true, value: { entries: [], fault: null } });
  });

  test('is understood without what was remembered of it', async () => {
    const { root } = await threeRevisions();
    for (const heads of [
      '',
      '{',
      'null',
      '{"format":2}',
      '{"format":1,"stamp":"1:2:3","size":1,"hash":"x","revision":9,"networks":{"a":1}}',
    ]) {
      writeFileSync(path.join(root, '.sluice/heads.json'), heads);
      expect(await openFilesTarget(root).foreignEdits()).toEqual({ ok: true, value: [] });
    }
    expect(outcomeText(await apply(openFilesTarget(root), fourth))).toBe('applied 4');
  });

  test('passes over lines of a newer Sluice', async () => {
    const { root, journal, lines } = await threeRevisions();
    const last = JSON.parse(lines[2]!) as { hash: string };
    const open = `{"format":7,"type":"denied","previous":"${last.hash}"`;
    appendFileSync(journal, `${open},"hash":"${sha256Hex(open)}"}\n`);
    expect(outcomeText(await apply(openFilesTarget(root), fourth))).toBe('applied 4');
    expect(revisionsOf(root)).toEqual([1, 2, 3, 4]);
  });
});

describe('a last line that was cut short', () => {
  test.each(['{"format":1,"type":"ap', '\u0000\u0000\u0000', 'x'.repeat(3_000_000)])(
    'is moved aside: %.20j',
    async (torn) => {
      const { root, journal } = await threeRevisions();
      appendFileSync(journal, torn);
      expect(faultOf(root)).toBe(`warning[SL820]: line 4 of \`${journal}\`, the last, was cut short`);
      expect(readFileSync(journal, 'utf8')).toMatch(torn.slice(-20));
      // reading is not disturbed
      const stored = await openFilesTarget(root).read('a', 'config');
      expect(stored).toMatchObject({ ok: true, value: { notes: [] } });

      const outcome = await apply(openFilesTarget(root), fourth);
      expect(outcomeText(outcome)).toMatch(/^applied 4; warning\[SL820\]/);
      expect(outcome.type === 'applied' && outcome.notes[0]?.help).toContain('journal.1.torn');
      expect(readFileSync(path.join(root, '.sluice/journal.1.torn'), 'utf8')).toBe(torn);
      expect(revisionsOf(root)).toEqual([1, 2, 3, 4]);
      expect(litterOf(root)).toEqual([]);
    },
  );

  test('does not overwrite an earlier one', async () => {
    const { root, journal } = await threeRevisions();
    appendFileSync(journal, 'one');
    await apply(openFilesTarget(root), fourth);
    appendFileSync(journal, 'two');
    await apply(openFilesTarget(root), { a: [network('a', '4'), network('a', '5')] });
    expect(['1', '2'].map((n) => readFileSync(path.join(root, `.sluice/journal.${n}.torn`), 'utf8'))).toEqual(
      ['one', 'two'],
    );
  });

  test('can be the first', async () => {
    const root = directory({ 'a.xml': network('a', '3'), '.sluice/journal.jsonl': '{"for' });
    expect(outcomeText(await apply(openFilesTarget(root), fourth))).toMatch(
      /^applied 1; warning\[SL820\]: line 1 of/,
    );
    expect(revisionsOf(root)).toEqual([1]);
  });
});

describe('a broken line', () => {
  const damages: readonly [string, (lines: readonly string[]) => readonly string[], number, string][] = [
    [
      'changed',
      ([a, b, c]) => [a!, b!.replace('user:olga', 'user:eve_'), c!],
      2,
      'its hash is that of another text',
    ],
    [
      'changed, as long as before',
      ([a, b, c]) => [a!, b!.replace('"revision":2', '"revision":7'), c!],
      2,
      'its hash is that of another text',
    ],
    ['taken out', ([a, , c]) => [a!, c!], 2, 'it does not follow from the line above'],
    ['taken out at the start', ([, b, c]) => [b!, c!], 1, 'lines before it are missing'],
    ['doubled', ([a, b, c]) => [a!, b!, b!, c!], 3, 'it does not follow from the line above'],
    ['swapped', ([a, b, c]) => [a!, c!, b!], 2, 'it does not follow from the line above'],
    ['that begins again', ([a, b]) => [a!, b!, a!], 3, 'the beginning of another journal'],
    ['that is empty', ([a, b, c]) => [a!, '\n', b!, c!], 2, 'it does not end with its hash'],
    [
      'at the end',
      ([a, b, c]) => [
        a!,
        b!,
        c!.replace(/.("\}\n)$/, (end) => (end.startsWith('0') ? `1${end.slice(1)}` : `0${end.slice(1)}`)),
      ],
      3,
      'its hash is that of another text',
    ],
    [
      'with another kind of line end',
      (lines) => lines.map((one) => one.replace('\n', '\r\n')),
      1,
      'it does not end with its hash',
    ],
    [
      'that is no revision',
      ([a]) => [a!, sealed('{"type":"apply"', a!)],
      2,
      'it is not a line that Sluice writes',
    ],
    ['without a type', ([a]) => [a!, sealed('{"x":1', a!)], 2, 'it has no type'],
    ['that is no JSON', ([a]) => [a!, sealed('{"x":}', a!)], 2, 'it is not JSON'],
  ];
  const sealed = (open: string, above: string): string => {
    const { hash } = JSON.parse(above) as { hash: string };
    const text = `${open},"previous":"${hash}"`;
    return `${text},"hash":"${sha256Hex(text)}"}\n`;
  };

  test.each(damages)('%s is named, and nothing is appended', async (_, damage, number, why) => {
    const { root, journal, lines } = await threeRevisions();
    const damaged = damage(lines).join('');
    writeFileSync(journal, damaged);
    const said = `error[SL819]: line ${number} of \`${journal}\` is broken: `;
    expect(faultOf(root)).toContain(said);
    expect(faultOf(root)).toContain(why);
    const outcome = await apply(openFilesTarget(root), fourth);
    expect(outcomeText(outcome)).toContain(`failed; ${said}`);
    expect(readFileSync(journal, 'utf8')).toBe(damaged);
    expect(filesOf(root)).toEqual({ 'a.xml': network('a', '3') });
    expect(litterOf(root)).toEqual([]);
    // planning goes on, with a warning
    const stored = await openFilesTarget(root).read('a', 'config');
    expect(stored.ok && stored.value.notes.map(line)[0]).toContain('warning[SL819]');
  });

  test('is left behind by moving the journal away: numbers and hashes go on', async () => {
    const { root, journal, lines } = await threeRevisions();
    writeFileSync(journal, [lines[0], lines[2]].join(''));
    renameSync(journal, `${journal}.2026`);
    const outcome = await apply(openFilesTarget(root), fourth);
    expect(outcomeText(outcome)).toBe(
      `applied 4; warning[SL824]: \`${journal}\` is not there any more: a new one begins behind revision 3`,
    );
    const read = readJournal(root);
    expect(read.ok && read.value.entries).toMatchObject([
      { revision: 4, begins: true, previous: (JSON.parse(lines[2]!) as { hash: string }).hash },
    ]);
    expect(
      outcomeText(await apply(openFilesTarget(root), { a: [network('a', '4'), network('a', '5')] })),
    ).toBe('applied 5');
    expect(existsSync(`${journal}.2026`)).toBe(true);
  });
});

test('a line for 32,500 changes costs little more than its JSON and its hash', () => {
  const target = openFilesTarget(directory());
  const { plan } = planned(target, { a: ['', 'x'] });
  const document = plan.documents[0]!;
  const rule = { file: 'policies/policy.csv', line: 7, text: '', effect: 'allow' as const };
  const changes = manyChanges(32_500);
  const decision = { type: 'allowed' as const, rule };
  const verdicts = changes.map((change) => ({ change, decision, reports: [] }));
  const context = { revision: 1, now: 0, script: null, foreign: new Map<string, number>() };
  // about 70 and 30 ms on an idle machine; on a busy one, some run has both parts undisturbed
  const ratios = Array.from({ length: 8 }, () => {
    const start = performance.now();
    const body = applyBody(plan, [{ ...document, changes, verdicts }], context);
    const made = performance.now();
    expect(sealLine(body, null, true).bytes.length).toBeGreaterThan(3_000_000);
    return (made - start) / (performance.now() - made);
  });
  expect(Math.min(...ratios)).toBeLessThan(10);
});

/** Hosts that are added, each with three attributes. */
function manyChanges(count: number): readonly Change[] {
  const none = { base: null, result: null, spec: null } as const;
  const root: Pair = { ...none, parent: null, step: null };
  const ip: Pair = {
    ...none,
    parent: root,
    step: { name: 'ip', key: { kind: 'address', parts: ['10.0.0.1'] }, nth: 1 },
  };
  const dhcp: Pair = { ...none, parent: ip, step: { name: 'dhcp', key: null, nth: 1 } };
  const changes: Change[] = [];
  for (let i = 0; changes.length < count; i++) {
    const mac = `52:54:00:00:${(i >> 8).toString(16).padStart(2, '0')}:${(i & 255).toString(16).padStart(2, '0')}`;
    const pair: Pair = {
      ...none,
      parent: dhcp,
      step: { name: 'host', key: { kind: 'mac', parts: [mac] }, nth: 1 },
    };
    const common = { op: 'add', scope: 'config', pair, before: null, position: null, cause: [] } as const;
    changes.push({ ...common, kind: 'element', leaf: { type: 'element' }, after: null });
    for (const [name, value] of [
      ['mac', mac],
      ['name', `host${i}.example.com`],
      ['ip', `10.1.${i >> 8}.${i & 255}`],
    ] as const) {
      changes.push({
        ...common,
        kind: 'attribute',
        leaf: { type: 'attribute', name },
        after: { value, written: value },
      });
    }
  }
  return changes.slice(0, count);
}
