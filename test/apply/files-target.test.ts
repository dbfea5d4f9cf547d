// A directory of networks through its front door: what is read, what is written, and every way in which it says no.

import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { realDisk } from '../../src/apply/files/disk.ts';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { readJournal } from '../../src/apply/files/read-journal.ts';
import type { Target } from '../../src/apply/target.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { PERMIT_LIFE } from '../../src/policy/permit.ts';
import type { Result } from '../../src/std/result.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { apply, directory, filesOf, line, litterOf, outcomeText, revisionsOf } from './harness.ts';
import { network, permitFor, planned } from './plans.ts';

async function errorOf<T>(result: Promise<Result<T, Diagnostic>>): Promise<Diagnostic> {
  const settled = await result;
  if (settled.ok) throw new Error(`expected an error, got ${JSON.stringify(settled.value)}`);
  return settled.error;
}

async function textOf(target: Target, name: string): Promise<string> {
  const stored = await target.read(name, 'config');
  if (!stored.ok) throw new Error(line(stored.error));
  return stored.value.source.text;
}

describe('reading', () => {
  test('shows every network, and writes nothing', async () => {
    const root = directory({
      'b.xml': network('b', '1'),
      'a.xml': network('a', '1'),
      'ä b.xml': network('ä b', '1'),
      'README.md': 'no network',
      '.hidden.xml': 'no network',
      'tab\tbed.xml': 'no network',
      '.xml': 'no network',
    });
    const target = openFilesTarget(root);
    expect(target.name).toBe(`dir:${realpathSync(root)}`);
    expect(await target.list()).toEqual({ ok: true, value: ['a', 'b', 'ä b'] });
    const stored = await target.read('a', 'config');
    expect(stored.ok && stored.value).toMatchObject({ hash: sha256Hex(network('a', '1')), notes: [] });
    expect(existsSync(path.join(root, '.sluice'))).toBe(false);
  });

  test('keeps a byte order mark and CRLF', async () => {
    const text = `\ufeff${network('a', '1').replaceAll('\n', '\r\n')}`;
    const target = openFilesTarget(directory({ 'a.xml': text }));
    expect(await textOf(target, 'a')).toBe(text);
  });

  const missing: readonly [string, Readonly<Record<string, string>>, string, string | null][] = [
    [
      'defualt',
      { 'default.xml': '', 'isolated.xml': '' },
      'there is no network `defualt` in',
      'did you mean `default`?',
    ],
    [
      'prod',
      { 'default.xml': '', 'isolated.xml': '' },
      'there is no network `prod` in',
      'there are `default`, `isolated`',
    ],
    ['prod', {}, 'there is no network `prod` in', 'the directory holds no `NAME.xml` at all'],
  ];
  test.each(missing)('of `%s` among %j says what is there', async (name, files, message, help) => {
    const problem = await errorOf(openFilesTarget(directory(files)).read(name, 'config'));
    expect(problem).toMatchObject({ code: 'SL804', help });
    expect(problem.message).toContain(message);
  });

  test('lists at most ten others', async () => {
    const names = Array.from({ length: 12 }, (_, i) => [`net${String(i).padStart(2, '0')}.xml`, '']);
    const problem = await errorOf(
      openFilesTarget(directory(Object.fromEntries(names))).read('zzz', 'config'),
    );
    expect(problem.help).toMatch(/`net09` and 2 more$/);
  });

  test('of a directory that is missing', async () => {
    const problem = await errorOf(openFilesTarget(path.join(directory(), 'nowhere')).list());
    expect(line(problem)).toMatch(/^error\[SL801\]: `.*nowhere` does not exist$/);
  });

  test('of a file in place of the directory', async () => {
    const problem = await errorOf(openFilesTarget(path.join(directory({ f: '' }), 'f')).list());
    expect(line(problem)).toMatch(/^error\[SL802\]: `.*` is not a directory$/);
  });

  test('of a directory in place of the file', async () => {
    const root = directory();
    mkdirSync(path.join(root, 'a.xml'));
    const problem = await errorOf(openFilesTarget(root).read('a', 'config'));
    expect(line(problem)).toMatch(/^error\[SL805\]: `.*a.xml` is a directory$/);
  });

  test('of a file that is not for us', async () => {
    const root = directory({ 'a.xml': '' });
    const disk = {
      ...realDisk,
      openToRead: (file: string) => {
        if (file.endsWith('a.xml')) throw Object.assign(new Error(), { code: 'EACCES', syscall: 'open' });
        return realDisk.openToRead(file);
      },
    };
    const problem = await errorOf(openFilesTarget(root, { disk }).read('a', 'config'));
    expect(line(problem)).toMatch(/^error\[SL803\]: cannot read `.*a.xml`: permission denied \(EACCES\)$/);
  });

  test('of bytes that are not UTF-8 points at the first', async () => {
    const bytes = Buffer.concat([
      Buffer.from('<network>\n  <name>ä'),
      Buffer.from([0xe4]),
      Buffer.from('</name>'),
    ]);
    const problem = await errorOf(openFilesTarget(directory({ 'a.xml': bytes })).read('a', 'config'));
    expect(line(problem)).toMatch(/^error\[SL806\]: `.*a.xml` is not UTF-8: byte 0xe4 at offset 20, line 2$/);
    expect(problem.span?.start).toBe('<network>\n  <name>ä'.length);
  });

  test('of UTF-16 says so', async () => {
    const bytes = Buffer.from('\ufeff<network/>', 'utf16le');
    const problem = await errorOf(openFilesTarget(directory({ 'a.xml': bytes })).read('a', 'config'));
    expect(problem).toMatchObject({ code: 'SL806', help: expect.stringContaining('UTF-16') });
  });

  test('of a file beyond all measure', async () => {
    const root = directory({ 'a.xml': '' });
    const disk = { ...realDisk, stat: (file: number) => ({ ...realDisk.stat(file), size: 2 ** 40 }) };
    const problem = await errorOf(openFilesTarget(root, { disk }).read('a', 'config'));
    expect(problem.code).toBe('SL807');
  });

  test.each(['../a', 'a/b', '.sluice', '', 'a\nb', 'a\u0000b', 'x'.repeat(252)])(
    'of %j is refused as a name',
    async (name) => {
      const problem = await errorOf(openFilesTarget(directory()).read(name, 'config'));
      expect(problem.code).toBe('SL809');
    },
  );

  test('of live state', async () => {
    const problem = await errorOf(openFilesTarget(directory({ 'a.xml': '' })).read('a', 'live'));
    expect(problem.code).toBe('SL810');
  });

  test.each([
    ['/etc/hostname', 'leads out of the directory'],
    ['../b.xml', 'leads out of the directory'],
    ['nowhere.xml', 'leads nowhere'],
    ['a.xml', 'leads nowhere'],
    ['.sluice/journal.jsonl', 'leads into .sluice'],
  ])('through a link to %s is refused', async (to, why) => {
    const root = path.join(directory({ 'b.xml': '', 'networks/.sluice/journal.jsonl': '' }), 'networks');
    symlinkSync(to, path.join(root, 'a.xml'));
    const problem = await errorOf(openFilesTarget(root).read('a', 'config'));
    expect(problem.code).toBe('SL808');
    expect(problem.message).toContain(why);
  });
});

describe('applying', () => {
  test('replaces the file, and says so in the journal', async () => {
    const [before, after] = [network('a', '1'), network('a', '2')];
    const root = directory({ 'a.xml': before, 'b.xml': network('b', '1') });
    chmodSync(path.join(root, 'a.xml'), 0o640);
    const target = openFilesTarget(root);
    const { plan, permit } = planned(target, { a: [before, after] });
    const script = { name: 'change.sluice', text: 'set network title=2' };
    expect(outcomeText(await target.apply(plan, permit, script))).toBe('applied 1');
    expect(filesOf(root)).toEqual({ 'a.xml': after, 'b.xml': network('b', '1') });
    expect(statSync(path.join(root, 'a.xml')).mode & 0o777).toBe(0o640);
    expect(litterOf(root)).toEqual([]);

    const journal = readJournal(root);
    expect(journal.ok && journal.value.fault).toBeNull();
    expect(journal.ok && journal.value.entries).toMatchObject([
      {
        type: 'apply',
        revision: 1,
        target: target.name,
        subject: 'user:olga',
        realSubject: 'user:olga',
        because: 'a test',
        script: { name: 'change.sluice', hash: sha256Hex(script.text) },
        policy: { name: 'policies', hash: sha256Hex('policy') },
        networks: [
          {
            network: 'a',
            scope: 'config',
            before: sha256Hex(before),
            after: sha256Hex(after),
            rules: ['policies/policy.csv:3'],
            changes: [{ op: 'modify', path: 'network@text()', before, after, rule: 0 }],
          },
        ],
        begins: true,
        previous: null,
      },
    ]);
    const own = path.join(root, '.sluice');
    expect(readFileSync(path.join(own, 'scripts', sha256Hex(script.text)), 'utf8')).toBe(script.text);
    for (const text of [before, after]) {
      const kept = readFileSync(path.join(own, 'objects', `${sha256Hex(text)}.gz`));
      expect(gunzipSync(kept).toString()).toBe(text);
    }
  });

  test('creates and deletes networks, several at once', async () => {
    const root = directory({ 'a.xml': network('a', '1'), 'b.xml': network('b', '1') });
    const target = openFilesTarget(root);
    const edits = {
      a: [network('a', '1'), network('a', '2')],
      b: [network('b', '1'), null],
      c: [null, network('c', '1')],
    } as const;
    expect(outcomeText(await apply(target, edits))).toBe('applied 1');
    expect(filesOf(root)).toEqual({ 'a.xml': network('a', '2'), 'c.xml': network('c', '1') });
    expect(outcomeText(await apply(target, { b: [null, network('b', '2')] }))).toBe('applied 2');
    expect(filesOf(root)['b.xml']).toBe(network('b', '2'));
    expect(revisionsOf(root)).toEqual([1, 2]);
    expect(await target.foreignEdits()).toEqual({ ok: true, value: [] });
  });

  test('touches nothing when nothing changes', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const file = path.join(root, 'a.xml');
    utimesSync(file, 1000, 1000);
    const target = openFilesTarget(root);
    const same = network('a', '1');
    expect(outcomeText(await apply(target, { a: [same, same] }))).toBe('unchanged');
    expect(statSync(file).mtimeMs).toBe(1_000_000);
    expect(existsSync(path.join(root, '.sluice/journal.jsonl'))).toBe(false);
    expect(litterOf(root)).toEqual([]);
  });

  test('leaves a network alone that does not change, but minds what it was', async () => {
    const root = directory({ 'a.xml': network('a', '1'), 'b.xml': network('b', '1') });
    const target = openFilesTarget(root);
    const b = [network('b', '1'), network('b', '1')] as const;
    const outcome = await apply(target, { a: [network('a', '1'), network('a', '2')], b });
    expect(outcome).toMatchObject({ type: 'applied', revision: { networks: ['a'] } });
    writeFileSync(path.join(root, 'b.xml'), network('b', '2'));
    const late = await apply(target, { a: [network('a', '2'), network('a', '3')], b });
    expect(line(late.type === 'conflict' ? late.diagnostic : expect.fail())).toMatch(
      /SL813.*`b` changed since/,
    );
    expect(filesOf(root)['a.xml']).toBe(network('a', '2'));
  });

  test('writes through a link inside the directory', async () => {
    const root = directory({ 'shared/a.xml': network('a', '1') });
    symlinkSync('shared/a.xml', path.join(root, 'a.xml'));
    const target = openFilesTarget(root);
    expect(outcomeText(await apply(target, { a: [network('a', '1'), network('a', '2')] }))).toBe('applied 1');
    expect(lstatSync(path.join(root, 'a.xml')).isSymbolicLink()).toBe(true);
    expect(readFileSync(path.join(root, 'shared/a.xml'), 'utf8')).toBe(network('a', '2'));
  });

  test('refuses to write one file under two names, or to delete a link', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    symlinkSync('a.xml', path.join(root, 'b.xml'));
    const target = openFilesTarget(root);
    const edit = [network('a', '1'), network('a', '2')] as const;
    expect(outcomeText(await apply(target, { a: edit, b: edit }))).toMatch(
      /^failed; error\[SL808\].*same file as network `a`/,
    );
    expect(outcomeText(await apply(target, { b: [network('a', '1'), null] }))).toMatch(
      /^failed; error\[SL808\].*cannot be deleted/,
    );
    expect(filesOf(root)['a.xml']).toBe(network('a', '1'));
  });

  test.each<[string, string | null]>([
    ['changed', network('a', 'other')],
    ['was deleted', null],
  ])('is a conflict when the network %s', async (did, now) => {
    const root = directory({ 'a.xml': network('a', '1'), 'b.xml': network('b', '1') });
    const target = openFilesTarget(root);
    const { plan, permit } = planned(target, {
      b: [network('b', '1'), network('b', '2')],
      a: [network('a', '1'), network('a', '2')],
    });
    if (now === null) unlinkSync(path.join(root, 'a.xml'));
    else writeFileSync(path.join(root, 'a.xml'), now);
    const before = filesOf(root);
    expect(outcomeText(await target.apply(plan, permit, null))).toBe(
      `conflict; error[SL813]: \`a\` ${did} since the plan was made; nothing was written`,
    );
    expect(filesOf(root)).toEqual(before);
    expect(litterOf(root)).toEqual([]);
  });

  test('is a conflict when the network to be created is there', async () => {
    const root = directory({ 'a.xml': '' });
    const outcome = await apply(openFilesTarget(root), { a: [null, network('a', '1')] });
    expect(outcomeText(outcome)).toMatch(/^conflict; error\[SL813\]: `a` came to be since/);
    expect(filesOf(root)).toEqual({ 'a.xml': '' });
  });

  test('names the revision that came between', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    const late = planned(target, { a: [network('a', '1'), network('a', '3')] });
    await apply(target, { a: [network('a', '1'), network('a', '2')] });
    expect(outcomeText(await target.apply(late.plan, late.permit, null))).toMatch(/it is at revision 1 now/);
  });

  test('to a directory that is missing', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    const { plan, permit } = planned(target, { a: [network('a', '1'), network('a', '2')] });
    rmSync(root, { recursive: true });
    expect(outcomeText(await target.apply(plan, permit, null))).toMatch(/^failed; error\[SL801\]/);
  });
});

describe('a permit', () => {
  const edits = { a: [network('a', '1'), network('a', '2')] } as const;

  test('works once', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    const { plan, permit } = planned(target, edits);
    expect((await target.apply(plan, permit, null)).type).toBe('applied');
    writeFileSync(path.join(root, 'a.xml'), network('a', '1'));
    expect(outcomeText(await target.apply(plan, permit, null))).toMatch(
      /^failed; error\[SL811\]: this permit was used/,
    );
    expect(filesOf(root)['a.xml']).toBe(network('a', '1'));
  });

  test('works for a minute', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    for (const age of [PERMIT_LIFE + 1, -5000]) {
      const { plan, permit } = planned(target, edits, Date.now() - age);
      expect(outcomeText(await target.apply(plan, permit, null))).toMatch(
        /^failed; error\[SL811\].*not fresh/,
      );
    }
    expect(filesOf(root)['a.xml']).toBe(network('a', '1'));
  });

  test('that grows old while waiting for the lock is no good', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const times = [0, PERMIT_LIFE + 1];
    const target = openFilesTarget(root, { now: () => times.shift() ?? expect.fail() });
    const { plan, permit } = planned(target, edits, 0);
    expect(outcomeText(await target.apply(plan, permit, null))).toMatch(/^failed; error\[SL811\].*not fresh/);
    expect(filesOf(root)['a.xml']).toBe(network('a', '1'));
  });

  const other = network('a', 'other');
  const swaps: readonly [string, (plan: ReturnType<typeof planned>['plan']) => object][] = [
    ['for `dir:/elsewhere`', () => ({ target: 'dir:/elsewhere' })],
    ['for `user:olga`', () => ({ subject: 'user:mallory' })],
    ['for `user:olga`', () => ({ realSubject: 'user:mallory' })],
    ['another policy', () => ({ policy: { name: 'policies', hash: 'x' } })],
    ['the plan is denied', () => ({ allowed: false })],
    ['other networks', () => ({ documents: [] })],
    ['other networks', ({ documents }) => ({ documents: documents.map((d) => ({ ...d, network: 'b' })) })],
    ['another base', ({ documents }) => ({ documents: documents.map((d) => ({ ...d, baseText: other })) })],
    ['another base', ({ documents }) => ({ documents: documents.map((d) => ({ ...d, baseText: null })) })],
    [
      'another base',
      ({ documents }) => ({
        documents: documents.map((d) => ({ ...d, baseText: other, baseHash: sha256Hex(other) })),
      }),
    ],
    [
      'another result',
      ({ documents }) => ({ documents: documents.map((d) => ({ ...d, resultText: other })) }),
    ],
    [
      'another result',
      ({ documents }) => ({ documents: documents.map((d) => ({ ...d, resultText: null })) }),
    ],
    [
      'another result',
      ({ documents }) => ({
        documents: documents.map((d) => ({ ...d, resultText: other, resultHash: sha256Hex(other) })),
      }),
    ],
    ['other changes', ({ documents }) => ({ documents: documents.map((d) => ({ ...d, changes: [] })) })],
  ];
  test.each(swaps)('does not fit another plan: %s', async (why, swap) => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    const { plan, permit } = planned(target, edits);
    const outcome = outcomeText(await target.apply({ ...plan, ...swap(plan) }, permit, null));
    expect(outcome).toMatch(/^failed; error\[SL812\]/);
    expect(outcome).toContain(why);
    expect(filesOf(root)).toEqual({ 'a.xml': network('a', '1') });
  });

  test('for another directory does not fit', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const { plan, permit } = planned(openFilesTarget(directory()), edits);
    expect(outcomeText(await openFilesTarget(root).apply(plan, permit, null))).toMatch(
      /SL812\]: nothing was written: the permit is for `dir:/,
    );
  });

  test('for a network twice does not fit', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const { plan } = planned(openFilesTarget(root), edits);
    const twice = permitFor({ ...plan, documents: [...plan.documents, ...plan.documents] });
    expect(outcomeText(await openFilesTarget(root).apply(twice.plan, twice.permit, null))).toMatch(
      /SL812.*twice/,
    );
  });

  test('for live state does not fit', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const { plan } = planned(openFilesTarget(root), edits);
    const live = permitFor({
      ...plan,
      documents: plan.documents.map((d) => ({ ...d, scope: 'live' as const })),
    });
    expect(outcomeText(await openFilesTarget(root).apply(live.plan, live.permit, null))).toMatch(/SL810/);
  });

  test('for half a character does not fit', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    expect(outcomeText(await apply(target, { a: [network('a', '1'), 'x\ud800'] }))).toMatch(
      /SL812.*half a character/,
    );
  });
});

describe('a foreign edit', () => {
  test('is noticed when read, and recorded when written over', async () => {
    const root = directory({ 'a.xml': network('a', '1'), 'b.xml': network('b', '1') });
    const target = openFilesTarget(root);
    await apply(target, { a: [network('a', '1'), network('a', '2')] });
    writeFileSync(path.join(root, 'a.xml'), network('a', 'by hand'));
    writeFileSync(path.join(root, 'b.xml'), network('b', 'by hand'));
    const stored = await target.read('a', 'config');
    expect(stored.ok && stored.value.notes.map(line)).toEqual([
      'note[SL821]: `a` was changed outside Sluice since revision 1',
    ]);
    // b was never written by Sluice: there is nothing to compare it with
    expect(await target.read('b', 'config')).toMatchObject({ ok: true, value: { notes: [] } });
    expect(await target.foreignEdits()).toMatchObject({ ok: true, value: [{ network: 'a', revision: 1 }] });

    const outcome = await apply(target, { a: [network('a', 'by hand'), network('a', '3')] });
    expect(outcomeText(outcome)).toBe(
      'applied 2; note[SL821]: `a` was changed outside Sluice since revision 1',
    );
    const journal = readJournal(root);
    expect(journal.ok && journal.value.entries[1]).toMatchObject({
      networks: [{ before: sha256Hex(network('a', 'by hand')), foreignSince: 1 }],
    });
    expect(await target.foreignEdits()).toEqual({ ok: true, value: [] });
  });

  test('that deletes, or brings back, is noticed', async () => {
    const root = directory({ 'a.xml': network('a', '1'), 'b.xml': network('b', '1') });
    const target = openFilesTarget(root);
    await apply(target, { a: [network('a', '1'), network('a', '2')], b: [network('b', '1'), null] });
    unlinkSync(path.join(root, 'a.xml'));
    writeFileSync(path.join(root, 'b.xml'), network('b', '1'));
    expect(await target.foreignEdits()).toMatchObject({
      ok: true,
      value: [
        { network: 'a', revision: 1, found: null },
        { network: 'b', revision: 1, left: null },
      ],
    });
    const stored = await target.read('b', 'config');
    expect(stored.ok && stored.value.notes.map(line)).toEqual([
      'note[SL821]: `b` was created again outside Sluice since revision 1',
    ]);
    expect(outcomeText(await apply(target, { a: [null, network('a', '3')] }))).toContain(
      '`a` was deleted outside Sluice',
    );
  });
});
