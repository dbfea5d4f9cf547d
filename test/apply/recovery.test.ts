// What happens to an apply that was interrupted when something else goes wrong, too; and who is told.

import { describe, expect, test } from 'vitest';
import type { Disk } from '../../src/apply/files/disk.ts';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { line, outcomeText } from './harness.ts';
import { diskError, faulty, type MemoryDisk, memoryDisk, PowerCut } from './memory-disk.ts';
import { type Edits, network, planned } from './plans.ts';

const ROOT = '/networks';
const OWN = `${ROOT}/.sluice`;
const EDITS: Edits = { a: [network('a', '1'), network('a', '2')], b: [network('b', '1'), network('b', '2')] };

function start(): MemoryDisk {
  const disk = memoryDisk();
  disk.makeDirectory(ROOT, 0o755);
  disk.writeFile(`${ROOT}/a.xml`, network('a', '1'));
  disk.writeFile(`${ROOT}/b.xml`, network('b', '1'));
  return disk;
}

async function applyOn(disk: Disk, edits: Edits): Promise<string> {
  const target = openFilesTarget(ROOT, { disk, wait: 30 });
  const { plan, permit } = planned(target, edits);
  return outcomeText(await target.apply(plan, permit, null));
}

/** A disk on which an apply died with `a` renamed into place and `b` not. */
async function interrupted(): Promise<MemoryDisk> {
  const disk = start();
  let renamed = 0;
  const dying = faulty(disk, (_, name) => {
    if (disk.textOf(`${ROOT}/a.xml`) === network('a', '2')) renamed++;
    return renamed > 0 && name !== 'lstat' ? new PowerCut() : null;
  });
  await expect(applyOn(dying, EDITS)).rejects.toThrow(PowerCut);
  expect(numbers(disk)).toBe('2 1');
  return disk;
}

function numbers(disk: MemoryDisk): string {
  return ['a', 'b']
    .map((name) => /<title>(.*)</.exec(disk.textOf(`${ROOT}/${name}.xml`) ?? '')?.[1] ?? '-')
    .join(' ');
}

/** What a reader gets: the number that `a` shows and what is noted, or the error. */
async function readA(disk: Disk): Promise<string> {
  const stored = await openFilesTarget(ROOT, { disk, wait: 30 }).read('a', 'config');
  if (!stored.ok) return line(stored.error);
  return [/<title>(.*)</.exec(stored.value.source.text)?.[1], ...stored.value.notes.map(line)].join('; ');
}

describe('an interrupted apply', () => {
  test('is finished by the first who reads, and told', async () => {
    const disk = await interrupted();
    expect(await readA(disk)).toBe(
      '2; warning[SL817]: the interrupted apply of revision 1 by `user:olga` was finished: `a` and `b` are as it planned',
    );
    expect(numbers(disk)).toBe('2 2');
    expect(await readA(disk)).toBe('2');
  });

  test('is finished by the first who applies, and told', async () => {
    const disk = await interrupted();
    const next = { a: [network('a', '2'), network('a', '3')] } as const;
    expect(await applyOn(disk, next)).toMatch(/^applied 2; warning\[SL817\]: .* was finished/);
    expect(numbers(disk)).toBe('3 2');
  });

  test('is told by an apply that comes to nothing itself', async () => {
    const disk = await interrupted();
    expect(await applyOn(disk, EDITS)).toMatch(
      /^conflict; error\[SL813\]: .*; warning\[SL817\]: .* was finished/,
    );
  });

  test('that listing settled is told by what comes next', async () => {
    const disk = await interrupted();
    const target = openFilesTarget(ROOT, { disk });
    expect(await target.list()).toEqual({ ok: true, value: ['a', 'b'] });
    const stored = await target.read('b', 'config');
    expect(stored.ok && stored.value.notes.map(({ code }) => code)).toEqual(['SL817']);
  });

  test('is finished from what is kept when a staged text is lost', async () => {
    const disk = await interrupted();
    const staged = disk.paths().find((path) => path.endsWith('-1.tmp'))!;
    disk.remove(staged);
    expect(await readA(disk)).toMatch(/^2; warning\[SL817\].*was finished/);
    expect(numbers(disk)).toBe('2 2');
  });

  test('is finished from what is kept when a staged text is damaged', async () => {
    const disk = await interrupted();
    disk.writeFile(disk.paths().find((path) => path.endsWith('-1.tmp'))!, 'x');
    await readA(disk);
    expect(numbers(disk)).toBe('2 2');
  });

  test('is taken back when somebody else has written one of its networks, whose text stays', async () => {
    const disk = await interrupted();
    disk.writeFile(`${ROOT}/b.xml`, network('b', 'by hand'));
    const target = openFilesTarget(ROOT, { disk });
    const stored = await target.read('a', 'config');
    expect(stored.ok && stored.value.notes).toMatchObject([
      { code: 'SL817', help: 'somebody else has written `b` meanwhile; that was left as it is' },
    ]);
    expect(numbers(disk)).toBe('1 by hand');
    expect(disk.textOf(`${OWN}/journal.jsonl`)).toBe('');
    expect(await applyOn(disk, { a: EDITS['a']! })).toBe('applied 1');
  });

  test('that cannot go either way is left as it is until somebody sees to it', async () => {
    const disk = await interrupted();
    disk.writeFile(`${ROOT}/b.xml`, network('b', 'by hand'));
    for (const path of disk.paths().filter((one) => one.includes('/objects/'))) disk.remove(path);
    const said =
      /^error\[SL818\]: the interrupted apply .* cannot be taken back: the old text of `a` is not in/;
    expect(await readA(disk)).toMatch(said);
    expect(numbers(disk)).toBe('2 by hand');
    expect(await applyOn(disk, { b: [network('b', 'by hand'), network('b', '3')] })).toMatch(
      /^failed; error\[SL818\]/,
    );
    expect(await readA(disk)).toMatch(said);
  });

  test.each([
    ['nonsense', 'nonsense'],
    ['null', 'null'],
    ['of a newer Sluice', '{"format":2}'],
  ])('with a record that is %s is left alone', async (_, text) => {
    const disk = start();
    disk.makeDirectory(OWN, 0o755);
    disk.writeFile(`${OWN}/intent.json`, text);
    expect(await readA(disk)).toBe(
      `error[SL818]: \`${OWN}/intent.json\` is not a record that this Sluice can read`,
    );
    expect(await applyOn(disk, EDITS)).toMatch(/^failed; error\[SL818\]/);
    expect(numbers(disk)).toBe('1 1');
  });

  test.each(['../b.xml', '/b.xml', 'x/../../b.xml', './b.xml', '.sluice/journal.jsonl', 'x/.sluice/y'])(
    'with a record that points to %s is left alone',
    async (file) => {
      const disk = await interrupted();
      const intent = disk.textOf(`${OWN}/intent.json`)!;
      disk.writeFile(
        `${OWN}/intent.json`,
        intent.replace('"file":"b.xml"', `"file":${JSON.stringify(file)}`),
      );
      expect(await readA(disk)).toContain('is not a record that this Sluice can read');
      expect(numbers(disk)).toBe('2 1');
    },
  );
});

describe('a reader who may not write', () => {
  const readOnly = (disk: MemoryDisk, code: string): MemoryDisk =>
    faulty(disk, (_, name) =>
      ['makeDirectory', 'create', 'rename', 'remove'].includes(name) ? diskError(code, name, OWN) : null,
    );

  test('reads as long as nothing is pending, also what others applied', async () => {
    const disk = start();
    await applyOn(disk, EDITS);
    expect(await readA(readOnly(disk, 'EROFS'))).toBe('2');
  });

  test.each(['EACCES', 'EPERM', 'EROFS'])('is told of an interrupted apply (%s)', async (code) => {
    const disk = await interrupted();
    expect(await readA(readOnly(disk, code))).toMatch(
      new RegExp(
        `^error\\[SL818\\]: an apply to \`${ROOT}\` was interrupted, and cannot be brought to its end: .*\\(${code}\\)`,
      ),
    );
    expect(numbers(disk)).toBe('2 1');
  });

  test('waits for an apply that is under way', async () => {
    const disk = await interrupted();
    const reader = openFilesTarget(ROOT, { disk: readOnly(disk, 'EACCES'), wait: 5000 }).read('a', 'config');
    // the writer comes to its end meanwhile
    await openFilesTarget(ROOT, { disk }).list();
    expect(await reader).toMatchObject({ ok: true, value: { notes: [] } });
  });
});

describe('an apply', () => {
  /** Does something to the disk right before the first call of this name on this path. */
  function before(disk: MemoryDisk, name: keyof Disk, path: string, act: () => unknown): MemoryDisk {
    let done = false;
    const call = disk[name] as (...args: readonly unknown[]) => unknown;
    return {
      ...disk,
      [name]: (...args: readonly unknown[]) => {
        if (!done && args.includes(path)) {
          done = true;
          const thrown = act();
          if (thrown instanceof Error) throw thrown;
        }
        return call(...args);
      },
    };
  }

  test.each([
    ['openToAppend', `${OWN}/journal.jsonl`],
    ['rename', `${OWN}/unfinished.tmp`],
  ] as const)('gives way to somebody who writes at the last moment (%s)', async (name, path) => {
    const disk = start();
    await applyOn(disk, { a: [network('a', '1'), network('a', '0')] });
    const meddled = before(disk, name, path, () => disk.writeFile(`${ROOT}/b.xml`, network('b', 'by hand')));
    const edits = { a: [network('a', '0'), network('a', '2')], b: EDITS['b']! } as const;
    expect(await applyOn(meddled, edits)).toBe(
      'conflict; error[SL813]: somebody else wrote `b` at this very moment; nothing was written',
    );
    expect(numbers(disk)).toBe('0 by hand');
    expect(disk.textOf(`${OWN}/journal.jsonl`)?.split('\n')).toHaveLength(2);
    expect(await readA(disk)).toBe('0');
  });

  test('gives way between two renames, and puts the first back', async () => {
    const disk = start();
    const meddled = before(disk, 'rename', `${ROOT}/a.xml`, () =>
      disk.writeFile(`${ROOT}/b.xml`, network('b', 'by hand')),
    );
    expect(await applyOn(meddled, EDITS)).toMatch(/^conflict; error\[SL813\].*`b`/);
    expect(numbers(disk)).toBe('1 by hand');
  });

  test('that cannot clean up behind it says so, and holds', async () => {
    const disk = start();
    const failing = before(disk, 'remove', `${OWN}/intent.json`, () => diskError('EIO', 'unlink', OWN));
    expect(await applyOn(failing, EDITS)).toBe(
      'applied 1; warning[SL825]: revision 1 holds, but not all of its traces could be removed: i/o error (EIO)',
    );
    expect(await readA(disk)).toMatch(/^2; warning\[SL817\].*was finished/);
    expect(disk.paths().filter((path) => /tmp$|intent|undo/.test(path))).toEqual([]);
  });

  test('that can go neither way says what holds', async () => {
    const disk = start();
    const failing = faulty(disk, (_, name) => {
      const renamed = disk.textOf(`${ROOT}/a.xml`) === network('a', '2');
      return renamed && (name === 'rename' || name === 'create') ? diskError('EIO', name, ROOT) : null;
    });
    expect(await applyOn(failing, EDITS)).toBe(
      'partial a / b; error[SL816]: i/o error (EIO): now `a` holds the new text, `b` holds the old text',
    );
    expect(await readA(disk)).toMatch(/^2; warning\[SL817\].*was finished/);
    expect(numbers(disk)).toBe('2 2');
  });

  test('that cannot even read back says so', async () => {
    const disk = start();
    const failing = faulty(disk, () =>
      disk.textOf(`${ROOT}/a.xml`) === network('a', '2') ? diskError('EIO', 'x', ROOT) : null,
    );
    expect(await applyOn(failing, EDITS)).toBe(
      'partial  / a,b; error[SL816]: i/o error (EIO), and what holds now cannot be read: i/o error (EIO)',
    );
  });

  test.each([
    ['ENOSPC', 'no space left on device (ENOSPC)', 'make room'],
    ['EDQUOT', 'EDQUOT', 'make room'],
    ['EROFS', 'read-only file system (EROFS)', 'mounted read-only'],
    ['EACCES', 'permission denied (EACCES)', 'run as a user who may write'],
    ['EIO', 'i/o error (EIO)', 'see what is wrong with that disk'],
  ])('that fails with %s says that nothing was written', async (code, reason, help) => {
    const disk = faulty(start(), (_, name) => (name === 'create' ? diskError(code, 'open', ROOT) : null));
    const target = openFilesTarget(ROOT, { disk });
    const { plan, permit } = planned(target, EDITS);
    const outcome = await target.apply(plan, permit, null);
    expect(outcomeText(outcome)).toBe(`failed; error[SL815]: nothing was written to \`${ROOT}\`: ${reason}`);
    expect(outcome.type === 'failed' && outcome.diagnostic.help).toContain(help);
  });

  test('that may not keep the owner of a file says so, and does not widen its rights', async () => {
    const disk = start();
    const modes: number[] = [];
    const foreign: MemoryDisk = {
      ...disk,
      // the files belong to user and group 7, we are user and group 0
      stat: (file) => ({ ...disk.stat(file), uid: 0, gid: 0 }),
      openToRead: (path) => disk.openToRead(path),
      chown: () => {
        throw diskError('EPERM', 'fchown', ROOT);
      },
      chmod: (file, mode) => {
        modes.push(mode);
        disk.chmod(file, mode);
      },
    };
    const asked: MemoryDisk = {
      ...foreign,
      stat: (file) =>
        isNetwork(disk, file) ? { ...disk.stat(file), uid: 7, gid: 7, mode: 0o4640 } : foreign.stat(file),
    };
    expect(await applyOn(asked, { a: EDITS['a']! })).toBe(
      `applied 1; warning[SL823]: \`${ROOT}/a.xml\` is yours now: the system did not let its owner be kept`,
    );
    // 0o640 was for group 7, the setuid bit for user 7
    expect(modes.at(0)).toBeDefined();
    expect(modes).toContain(0o600);
    expect(modes).not.toContain(0o640);
    expect(modes).not.toContain(0o4640);
  });
});

/** True for a descriptor of a file that says it is a network and was there before. */
function isNetwork(disk: MemoryDisk, file: number): boolean {
  const bytes = Buffer.alloc(9);
  try {
    return (
      disk.read(file, bytes, 0) === 9 && bytes.toString() === '<network>' && disk.stat(file).mode === 0o644
    );
  } catch {
    return false;
  }
}
