// The pages of the target codes: what each says is printed, is printed. UPDATE=1 writes it anew.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Model, StringAdapter } from 'casbin';
import { expect, test } from 'vitest';
import type { Disk } from '../../src/apply/files/disk.ts';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import { markName, ownMark } from '../../src/apply/files/process-mark.ts';
import { readPolicyFiles, readSource } from '../../src/apply/load-files.ts';
import { loadPolicyFromAdapter } from '../../src/apply/policy-adapter.ts';
import type { ApplyOutcome } from '../../src/apply/target.ts';
import { keepPolicy } from '../../src/apply/watch-policy.ts';
import type { applyCodes } from '../../src/diagnostics/codes/apply.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { MODEL_TEXT } from '../../src/policy/model-conf.ts';
import type { Span } from '../../src/source/source.ts';
import { pageOf } from '../page.ts';
import { directory } from './harness.ts';
import { diskError, faulty, type MemoryDisk, memoryDisk } from './memory-disk.ts';
import { type Edits, network, type Planned, planned } from './plans.ts';

const ROOT = '/srv/networks';
const JOURNAL = `${ROOT}/.sluice/journal.jsonl`;
const EDITS: Edits = { default: [network('default', '1'), network('default', '2')] };
const BOTH: Edits = { ...EDITS, lab: [network('lab', '1'), network('lab', '2')] };
const NEXT: Edits = { default: [network('default', '2'), network('default', '3')] };

/** Networks `default` and `lab`, both at 1. */
function start(): MemoryDisk {
  const disk = memoryDisk();
  disk.makeDirectory('/srv', 0o755);
  disk.makeDirectory(ROOT, 0o755);
  for (const name of ['default', 'lab']) disk.writeFile(`${ROOT}/${name}.xml`, network(name, '1'));
  return disk;
}

async function read(
  disk: Disk,
  name: string,
  scope: 'config' | 'live' = 'config',
): Promise<readonly Diagnostic[]> {
  const stored = await openFilesTarget(ROOT, { disk, wait: 0 }).read(name, scope);
  return stored.ok ? stored.value.notes : [stored.error];
}

async function apply(disk: Disk, edits: Edits, change: (planned: Planned) => Planned = (same) => same) {
  const target = openFilesTarget(ROOT, { disk, wait: 0 });
  const { plan, permit } = change(planned(target, edits));
  return told(await target.apply(plan, permit, null));
}

function told(outcome: ApplyOutcome): readonly Diagnostic[] {
  return outcome.type === 'applied' || outcome.type === 'unchanged' ? outcome.notes : [outcome.diagnostic];
}

/** One revision: `default` is at 2. */
async function revised(): Promise<MemoryDisk> {
  const disk = start();
  expect(await apply(disk, EDITS)).toEqual([]);
  return disk;
}

/** An apply that came as far as renaming `default`, and not `lab`. */
async function halfway(disk: MemoryDisk): Promise<readonly Diagnostic[]> {
  const failing = faulty(disk, (_, name) =>
    disk.textOf(`${ROOT}/default.xml`) === network('default', '2') && (name === 'rename' || name === 'create')
      ? diskError('EIO', name, ROOT)
      : null,
  );
  return apply(failing, BOTH);
}

function refusing(disk: MemoryDisk, call: keyof Disk, code: string): MemoryDisk {
  return faulty(disk, (_, name) => (name === call ? diskError(code, name, ROOT) : null));
}

/** What the last of so many denials of one day is told. */
async function recordDenials(disk: Disk, times: number): Promise<readonly Diagnostic[]> {
  const target = openFilesTarget(ROOT, { disk, wait: 0, now: () => Date.parse('2026-03-01T12:00:00Z') });
  const { plan } = planned(target, EDITS, 0, 'user:alice');
  const because = 'again '.repeat(200);
  let told: readonly Diagnostic[] = [];
  for (let n = 0; n < times; n++) told = await target.recordDenial({ ...plan, because }, null);
  return told;
}

const ALLOWS = 'p, allow, user:nina, *, **, *, *, ""\n';

function policyFolder(rules: string): readonly Diagnostic[] {
  return readPolicy(directory({ 'model.conf': MODEL_TEXT, 'policy.csv': rules }));
}

function readPolicy(root: string): readonly Diagnostic[] {
  const files = readPolicyFiles(root);
  return files.ok ? [] : shownIn(root, [files.error]);
}

/** The diagnostics as if the folder were the usual one. */
function shownIn(root: string, diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const usual = (text: string): string => text.replaceAll(root, 'policies');
  return diagnostics.map((one) => {
    const source = one.span === null ? null : { ...one.span.source, name: usual(one.span.source.name) };
    const moved = (span: Span): Span => (source === null ? span : { ...span, source });
    return {
      ...one,
      message: usual(one.message),
      help: one.help === null ? null : usual(one.help),
      span: one.span === null ? null : moved(one.span),
      labels: one.labels.map((label) => ({ ...label, span: moved(label.span) })),
    };
  });
}

const provoked: Readonly<Record<keyof typeof applyCodes, () => Promise<readonly Diagnostic[]>>> = {
  SL801: () => read(memoryDisk(), 'default'),
  SL802: () => {
    const disk = memoryDisk();
    disk.makeDirectory('/srv', 0o755);
    disk.writeFile(ROOT, '');
    return read(disk, 'default');
  },
  SL803: () => read(refusing(start(), 'openToRead', 'EACCES'), 'default'),
  SL804: () => read(start(), 'defualt'),
  SL805: () => {
    const disk = start();
    disk.makeDirectory(`${ROOT}/dmz.xml`, 0o755);
    return read({ ...disk, stat: (file) => disk.stat(file) }, 'dmz');
  },
  SL806: () => {
    const disk = start();
    disk.writeFile(
      `${ROOT}/dmz.xml`,
      Buffer.from('<network>\n  <title>Zürich</title>\n</network>\n', 'latin1'),
    );
    return read(disk, 'dmz');
  },
  SL807: () => {
    const disk = start();
    return read({ ...disk, stat: (file) => ({ ...disk.stat(file), size: 5_000_000_000 }) }, 'default');
  },
  SL808: () => {
    const disk = start();
    const linked = {
      ...disk,
      lstat: (file: string) => ({
        ...disk.lstat(file),
        ...(file.endsWith('.xml') ? { kind: 'link' as const } : {}),
      }),
      realpath: () => '/etc/libvirt/qemu/networks/default.xml',
    };
    return read(linked, 'default');
  },
  SL809: () => read(start(), '../default'),
  SL810: () => read(start(), 'default', 'live'),
  SL811: async () => {
    const target = openFilesTarget(ROOT, { disk: start() });
    const { plan, permit } = planned(target, EDITS);
    await target.apply(plan, permit, null);
    return told(await target.apply(plan, permit, null));
  },
  SL812: () =>
    apply(start(), EDITS, ({ plan, ...rest }) => ({
      ...rest,
      plan: { ...plan, policy: { name: 'policies', hash: '' } },
    })),
  SL813: async () => {
    const disk = start();
    const late = planned(openFilesTarget(ROOT, { disk }), EDITS);
    await apply(disk, EDITS);
    return told(await openFilesTarget(ROOT, { disk }).apply(late.plan, late.permit, null));
  },
  SL814: () => {
    const disk = start();
    disk.makeDirectory(`${ROOT}/.sluice`, 0o755);
    disk.makeDirectory(`${ROOT}/.sluice/lock`, 0o755);
    const mark = markName({ ...ownMark(), pid: 4711, boot: 'b007', machine: 'dead' });
    disk.writeFile(`${ROOT}/.sluice/lock/${mark}`, 'apply by user:bob, since 2026-03-01T09:30:00.000Z\n');
    return apply(disk, EDITS);
  },
  SL815: () => apply(refusing(start(), 'write', 'ENOSPC'), EDITS),
  SL816: () => halfway(start()),
  SL817: async () => {
    const disk = start();
    await halfway(disk);
    return read(disk, 'default');
  },
  SL818: async () => {
    const disk = start();
    await halfway(disk);
    return read(refusing(disk, 'makeDirectory', 'EACCES'), 'default');
  },
  SL819: async () => {
    const disk = await revised();
    await apply(disk, NEXT);
    disk.writeFile(JOURNAL, disk.textOf(JOURNAL)!.replace('user:olga', 'user:eve'));
    return apply(disk, { lab: BOTH['lab']! });
  },
  SL820: async () => {
    const disk = await revised();
    disk.writeFile(JOURNAL, `${disk.textOf(JOURNAL)}{"format":1,"type":"app`);
    return apply(disk, NEXT);
  },
  SL821: async () => {
    const disk = await revised();
    disk.writeFile(`${ROOT}/default.xml`, network('default', 'by hand'));
    return read(disk, 'default');
  },
  SL822: async () => {
    const root = directory({ 'hosts.csv': '' });
    const result = readSource(path.join(root, 'hosts.cvs'));
    if (result.ok) throw new Error('it is there');
    const { message, help } = result.error;
    return [
      {
        ...result.error,
        message: message.replace(`${root}/`, ''),
        help: help?.replace(`${root}/`, '') ?? null,
      },
    ];
  },
  SL823: () => {
    const disk = start();
    const text = network('default', '1');
    const others = {
      ...disk,
      stat: (file: number) => {
        const stat = disk.stat(file);
        // the file that is there belongs to another group; what we make belongs to ours
        return stat.size === Buffer.byteLength(text) ? { ...stat, gid: 64055 } : stat;
      },
      chown: () => {
        throw diskError('EPERM', 'fchown', ROOT);
      },
    };
    return apply(others, { default: [text, network('default', 'two')] });
  },
  SL824: async () => {
    const disk = await revised();
    disk.rename(JOURNAL, '/srv/journal-2026.jsonl');
    return apply(disk, NEXT);
  },
  SL825: () => {
    const disk = start();
    const failing = {
      ...disk,
      remove: (file: string) => {
        if (file.endsWith('/intent.json')) throw diskError('EIO', 'unlink', file);
        disk.remove(file);
      },
    };
    return apply(failing, EDITS);
  },
  SL840: () => recordDenials(refusing(start(), 'makeDirectory', 'EACCES'), 1),
  SL841: () => recordDenials(start(), 800),
  SL842: async () => policyFolder('# begin policy\np, allow, user:nina, *, **, *, *, ""\np, den'),
  SL843: async () => policyFolder(`# begin policy\n# end policy sha256 ${'0'.repeat(64)}\n`),
  SL844: async () => {
    const root = directory({ 'model.conf': MODEL_TEXT, 'policy.csv': ALLOWS });
    // between any two looks somebody has written
    let writes = 0;
    const files = readPolicyFiles(root, () => `${writes++}`);
    return files.ok ? [] : shownIn(root, [files.error]);
  },
  SL845: async () => {
    const root = directory({ 'model.conf': MODEL_TEXT, 'policy.csv': ALLOWS });
    const { value: keeper } = keepPolicy(root, 0);
    writeFileSync(path.join(root, 'policy.csv'), 'p\n');
    const event = keeper?.look(1).event;
    if (event?.type !== 'kept') throw new Error('it is in force');
    return shownIn(root, event.diagnostics.slice(0, 1));
  },
  SL846: async () => {
    const loadPolicy = () => Promise.reject(new Error('connect ECONNREFUSED 10.0.0.9:5432'));
    return (await loadPolicyFromAdapter({ loadPolicy }, { name: 'postgres' })).diagnostics;
  },
  SL847: async () => {
    const adapter = new StringAdapter('p, allow, user:nina, *, **, *, *, ""');
    const loadPolicy = async (model: Model): Promise<void> => {
      await adapter.loadPolicy(model);
      model.addPolicy('p', 'p', ['deny', 'user:bob ', '*', '**', '*', '*', '']);
    };
    return (await loadPolicyFromAdapter({ loadPolicy }, { name: 'postgres' })).diagnostics;
  },
};

test.each(Object.entries(provoked))('%s', async (code, provoke) => {
  const diagnostics = await provoke();
  expect(diagnostics.map((one) => one.code)).toEqual([code]);
  pageOf(code).shows(diagnostics);
});
