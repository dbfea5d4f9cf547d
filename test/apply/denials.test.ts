// What policy denied is in the journal: as durable as a revision, short, and never in the way of the next apply.

import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { DENIED_PER_DAY } from '../../src/apply/files/denied-budget.ts';
import { type DeniedBody, deniedBody } from '../../src/apply/files/denied-entry.ts';
import type { Disk } from '../../src/apply/files/disk.ts';
import { openFilesTarget } from '../../src/apply/files/files-target.ts';
import type { DeniedEntry } from '../../src/apply/files/journal.ts';
import { readJournal } from '../../src/apply/files/read-journal.ts';
import { readPolicyFiles } from '../../src/apply/load-files.ts';
import { type Asker, apply, plan, type Request } from '../../src/apply/session.ts';
import type { Plan } from '../../src/plan/plan.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/policy.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { directory, line, litterOf, outcomeText, revisionsOf } from './harness.ts';
import { diskError, faulty, type MemoryDisk, memoryDisk, PowerCut } from './memory-disk.ts';
import { type Edits, network, planned } from './plans.ts';

const ROOT = '/networks';
const TWO: Edits = { a: [network('a', '1'), network('a', '2')] };

/** The plan of `edits`, as if no rule allowed it. */
function denied(disk: Disk, edits: Edits = TWO, clock = Date.now()): Plan {
  const { plan: made } = planned(openFilesTarget(ROOT, { disk }), edits, clock);
  return {
    ...made,
    allowed: false,
    documents: made.documents.map((document) => ({
      ...document,
      verdicts: document.changes.map((change) => ({
        change,
        decision: { type: 'default-deny', nearest: [], fault: null },
        reports: [],
      })),
    })),
  };
}

function startingDisk(): MemoryDisk {
  const disk = memoryDisk();
  disk.makeDirectory(ROOT, 0o755);
  disk.writeFile(`${ROOT}/a.xml`, network('a', '1'));
  const root = disk.openToRead('');
  disk.fsync(root);
  disk.close(root);
  return disk;
}

async function record(disk: Disk, made: Plan = denied(disk), now = Date.now()): Promise<readonly string[]> {
  const target = openFilesTarget(ROOT, { disk, wait: 0, now: () => now });
  return (await target.recordDenial(made, null)).map(line);
}

async function applied(disk: Disk, edits: Edits): Promise<string> {
  const target = openFilesTarget(ROOT, { disk, wait: 0 });
  const { plan: made, permit } = planned(target, edits);
  return outcomeText(await target.apply(made, permit, null));
}

/** The types of all entries; the journal must be sound but for a last line that was cut short. */
function typesOf(disk: Disk): readonly string[] {
  const journal = readJournal(ROOT, disk);
  if (!journal.ok) throw new Error(line(journal.error));
  if (journal.value.fault !== null && journal.value.fault.code !== 'SL820')
    throw new Error(line(journal.value.fault));
  return journal.value.entries.map(({ type }) => type);
}

describe('a denial', () => {
  test('stands in the journal between revisions, and is none', async () => {
    const disk = startingDisk();
    expect(await record(disk)).toEqual([]);
    expect(await applied(disk, TWO)).toBe('applied 1');
    expect(await record(disk, denied(disk, { a: [network('a', '2'), null] }))).toEqual([]);
    expect(await applied(disk, { a: [network('a', '2'), network('a', '3')] })).toBe('applied 2');
    expect(typesOf(disk)).toEqual(['denied', 'apply', 'denied', 'apply']);
    expect(disk.textOf(`${ROOT}/a.xml`)).toBe(network('a', '3'));
    // neither the text that was asked for nor the script is kept
    expect(disk.paths().filter((name) => name.includes('scripts'))).toHaveLength(1);
    expect(disk.paths().filter((name) => name.endsWith('.gz'))).toHaveLength(3);
  });

  test('leaves nothing lying about', async () => {
    const disk = startingDisk();
    await record(disk);
    expect(disk.paths().filter((name) => name.includes('.sluice/'))).toEqual([
      `${ROOT}/.sluice/heads.json`,
      `${ROOT}/.sluice/journal.jsonl`,
    ]);
  });

  test('settles an interrupted apply first', async () => {
    const disk = startingDisk();
    const failing = faulty(disk, (_, name) => (name === 'rename' && isPending(disk) ? new PowerCut() : null));
    await expect(applied(failing, TWO)).rejects.toThrow(PowerCut);
    expect(isPending(disk)).toBe(true);
    expect((await record(disk, denied(disk, TWO))).join()).toMatch(
      /^warning\[SL817\]: the interrupted apply/,
    );
    expect(typesOf(disk).at(-1)).toBe('denied');
    expect(isPending(disk)).toBe(false);
  });

  test('goes on behind a line that was cut short, and not behind a broken one', async () => {
    const disk = startingDisk();
    await applied(disk, TWO);
    const journal = `${ROOT}/.sluice/journal.jsonl`;
    const text = disk.textOf(journal)!;
    disk.writeFile(journal, `${text}{"format":1,"ty`);
    expect((await record(disk)).join()).toMatch(/^warning\[SL820\]/);
    expect(typesOf(disk)).toEqual(['apply', 'denied']);
    disk.writeFile(journal, text.replace('user:olga', 'user:eve'));
    expect(await record(disk)).toEqual([
      `warning[SL840]: the journal does not know of this denial: line 1 of \`${journal}\` is broken: its hash is that of another text`,
    ]);
    expect(disk.textOf(journal)).toBe(text.replace('user:olga', 'user:eve'));
  });

  test('tells of a journal that is gone, even if it held denials alone', async () => {
    const disk = startingDisk();
    await record(disk);
    disk.remove(`${ROOT}/.sluice/journal.jsonl`);
    expect((await record(disk)).join()).toMatch(
      /^warning\[SL824\]: .* is not there any more: a new one begins$/,
    );
    expect(typesOf(disk)).toEqual(['denied']);
  });
});

function isPending(disk: MemoryDisk): boolean {
  return disk.textOf(`${ROOT}/.sluice/intent.json`) !== null;
}

describe('at every system call', () => {
  /** Calls of one record, on a fresh directory or behind a revision. */
  async function callsOf(start: () => Promise<MemoryDisk>): Promise<number> {
    let calls = 0;
    const disk = await start();
    const counting = faulty(disk, (call) => {
      calls = call + 1;
      return null;
    });
    await record(counting, denied(disk));
    return calls;
  }
  const starts: readonly (readonly [string, () => Promise<MemoryDisk>])[] = [
    ['in a fresh directory', async () => startingDisk()],
    [
      'behind a revision',
      async () => {
        const disk = startingDisk();
        await applied(disk, { b: [null, network('b', '1')] });
        return disk;
      },
    ],
  ];

  test.each(starts)('%s: the disk may refuse it, which is told', async (_, start) => {
    const calls = await callsOf(start);
    expect(calls).toBeGreaterThan(20);
    for (const code of ['EIO', 'ENOSPC', 'EACCES', 'EROFS']) {
      for (let at = 0; at < calls; at++) {
        const disk = await start();
        const made = denied(disk);
        const before = typesOf(disk).length;
        const told = await record(
          faulty(disk, (call, name) => (call === at ? diskError(code, name, ROOT) : null)),
          made,
        );
        // said exactly when it is not there
        const recorded = typesOf(disk).length > before;
        if (recorded !== (told.length === 0)) throw new Error(`${code} at ${at}: ${told.join()}`);
        if (!recorded) expect(told.join()).toMatch(/^warning\[SL840\]/);
        expect(await applied(disk, TWO)).toMatch(/^applied \d/);
      }
    }
  });

  test.each(starts)('%s: the power may go, and the journal stays sound', async (_, start) => {
    const calls = await callsOf(start);
    for (let at = 0; at < calls; at++) {
      const disk = await start();
      const made = denied(disk);
      const before = typesOf(disk).length;
      await expect(
        record(
          faulty(disk, (call) => (call >= at ? new PowerCut() : null)),
          made,
        ),
      ).rejects.toThrow(PowerCut);
      const after = disk.afterPowerCut(Math.random);
      expect([before, before + 1]).toContain(typesOf(after).length);
      expect(await applied(after, TWO)).toMatch(/^applied \d/);
      expect(await record(after, denied(after, { a: [network('a', '2'), null] }))).toEqual([]);
    }
  });
});

describe('where nothing can be written', () => {
  test.runIf(process.getuid?.() !== 0)('a read-only directory', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    chmodSync(root, 0o555);
    const target = openFilesTarget(root);
    const told = await target.recordDenial({ ...denied(memoryDisk()), target: target.name }, null);
    chmodSync(root, 0o755);
    expect(told.map(line).join()).toMatch(/^warning\[SL840\]: .*permission denied \(EACCES\)$/);
  });

  test('a directory that is gone', async () => {
    const root = directory({ 'a.xml': network('a', '1') });
    const target = openFilesTarget(root);
    rmSync(root, { recursive: true });
    const told = await target.recordDenial(denied(memoryDisk()), null);
    expect(told.map(line).join()).toMatch(/^warning\[SL840\]: .*\(ENOENT\)$/);
  });

  test('a directory that another writes', async () => {
    const disk = startingDisk();
    disk.makeDirectory(`${ROOT}/.sluice`, 0o755);
    disk.makeDirectory(`${ROOT}/.sluice/lock`, 0o755);
    disk.writeFile(`${ROOT}/.sluice/lock/someone`, '');
    expect((await record(disk)).join()).toMatch(/^warning\[SL840\]: .* is being written by/);
  });
});

describe('many denials', () => {
  const NOON = Date.parse('2026-03-01T12:00:00Z');

  test('take so much a day and person, say so in the last line, and go on the next day', async () => {
    const disk = startingDisk();
    const made = { ...denied(disk), because: 'again '.repeat(200) };
    const size = (): number => Buffer.byteLength(disk.textOf(`${ROOT}/.sluice/journal.jsonl`)!);
    await record(disk, made, NOON);
    const each = size();
    let told: readonly string[] = [];
    for (let n = 0; n < DENIED_PER_DAY / each + 5; n++) told = await record(disk, made, NOON + n);
    expect(told.join()).toMatch(/^warning\[SL841\]/);
    expect(size()).toBeGreaterThan(DENIED_PER_DAY);
    expect(size()).toBeLessThan(DENIED_PER_DAY + 2 * each);
    const journal = readJournal(ROOT, disk);
    const last = journal.ok ? journal.value.entries.at(-1) : undefined;
    expect(last).toMatchObject({ type: 'denied', silentUntil: '2026-03-02T00:00:00.000Z' });
    // others, and what is allowed, are heard; and so it is without what was remembered
    for (const forget of [false, true]) {
      if (forget) disk.remove(`${ROOT}/.sluice/heads.json`);
      expect((await record(disk, made, NOON)).join()).toMatch(/^warning\[SL841\]/);
      expect(await record(disk, { ...made, realSubject: 'user:bob' }, NOON)).toEqual([]);
    }
    expect(await applied(disk, TWO)).toBe('applied 1');
    expect(await record(disk, made, NOON + 86_400_000)).toEqual([]);
  });
});

// What is in an entry.

const HOUSE = `<network>
  <name>default</name>
  <bridge name='virbr0'/>
  <ip address='10.0.0.1' netmask='255.255.255.0'>
    <dhcp>
      <host mac='52:54:00:00:00:0a' name='v1' ip='10.0.0.130'/>
    </dhcp>
  </ip>
</network>
`;

const RULES = `g, user:alice, role:tenant, default
g, user:nina, role:netadmin, *
p, allow, role:tenant, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25"
p, deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"
p, report, role:everyone, *, ip[*].dhcp.host[*], add, *, ""
p, allow, role:netadmin, *, role:tenant, impersonate, *, ""
`;

function policyOf(rules: string): Policy {
  const files = readPolicyFiles('policies');
  if (!files.ok) throw new Error(line(files.error));
  const loaded = loadPolicy({
    model: files.value.model,
    rules: { name: 'policy.csv', text: rules },
    name: 'policies',
  });
  if (loaded.value === null) throw new Error(loaded.diagnostics.map(line).join('\n'));
  return loaded.value;
}

const SCRIPT = {
  name: 'hosts.sluice',
  text: `because "a new lab"
add host mac=52:54:00:00:00:0b ip=10.0.0.131 name=v2 to ip[10.0.0.1].dhcp
add host mac=52:54:00:00:00:0c ip=10.0.0.254 name=v3 to ip[10.0.0.1].dhcp
add host mac=52:54:00:00:00:0d ip=10.0.0.7 name=v4 to ip[10.0.0.1].dhcp
`,
};

/** What the journal says of an apply that was denied. */
async function entryOf(text: string, asker: Partial<Asker>): Promise<{ root: string; entry: DeniedEntry }> {
  const root = directory({ 'default.xml': HOUSE });
  const target = openFilesTarget(root, { now: () => Date.parse('2026-03-01T09:30:00Z') });
  const request: Request = { type: 'script', script: { name: SCRIPT.name, text } };
  const made = await plan(target, request, { policy: policyOf(RULES), subject: 'user:alice', ...asker });
  if (made.value === null) throw new Error(made.diagnostics.map(line).join('\n'));
  expect(await apply(target, made.value, request.script)).toEqual({ type: 'denied', notes: [] });
  expect(readFileSync(path.join(root, 'default.xml'), 'utf8')).toBe(HOUSE);
  expect(litterOf(root)).toEqual([]);
  const journal = readJournal(root);
  const entry = journal.ok ? journal.value.entries.at(-1) : undefined;
  if (entry?.type !== 'denied') throw new Error('no denial');
  return { root, entry };
}

describe('an entry', () => {
  test('says who, what, when, why, and by which rules', async () => {
    const { entry, root } = await entryOf(SCRIPT.text, {});
    expect(entry).toMatchObject({
      format: 1,
      type: 'denied',
      time: '2026-03-01T09:30:00.000Z',
      target: `dir:${root}`,
      subject: 'user:alice',
      realSubject: 'user:alice',
      impersonation: null,
      because: 'a new lab',
      script: { name: 'hosts.sluice', hash: sha256Hex(SCRIPT.text) },
      policy: { name: 'policies', hash: policyOf(RULES).hash },
    });
    expect(existsSync(path.join(root, '.sluice/scripts'))).toBe(false);
    const [only] = entry.networks;
    expect(only).toMatchObject({
      network: 'default',
      scope: 'config',
      before: sha256Hex(HOUSE),
      changes: 12,
      denied: 8,
    });
    expect(
      only?.verdicts.map(({ decision, count, by, because, nearest, first }) => [
        decision,
        count,
        by?.rule ?? nearest?.map(({ rule }) => rule),
        because ?? nearest?.[0]?.missed,
        first[0]?.path,
      ]),
    ).toEqual([
      [
        'denied',
        4,
        'policy.csv:4',
        expect.stringMatching(/10\.0\.0\.254/),
        'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0c]',
      ],
      [
        'default-deny',
        4,
        ['policy.csv:3'],
        expect.stringMatching(/10\.0\.0\.7/),
        'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0d]',
      ],
      ['allowed', 4, 'policy.csv:3', undefined, 'ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]'],
    ]);
    expect(only?.verdicts[0]?.by?.row).toBe(
      'p, deny, role:everyone, *, ip[*].dhcp.host[*], *, *, "ip in 10.0.0.254/32"',
    );
    expect(only?.reports).toEqual([
      { rule: 'policy.csv:5', row: 'p, report, role:everyone, *, ip[*].dhcp.host[*], add, *, ""', count: 12 },
    ]);
  });

  test('names both, and the rule, when somebody may not act as the other', async () => {
    const own = SCRIPT.text.split('\n').slice(0, 2).join('\n');
    const { entry } = await entryOf(own, { realSubject: 'user:bob' });
    expect(entry).toMatchObject({
      subject: 'user:alice',
      realSubject: 'user:bob',
      impersonation: { allowed: false, rule: null, row: null },
    });
    expect(entry.networks[0]).toMatchObject({ changes: 4, denied: 0 });
  });

  test('of a revision names the rows, and by which rule somebody acted as another', async () => {
    const root = directory({ 'default.xml': HOUSE });
    const target = openFilesTarget(root);
    const own = { name: 'x', text: SCRIPT.text.split('\n').slice(0, 2).join('\n') };
    const asker = { policy: policyOf(RULES), subject: 'user:alice', realSubject: 'user:nina' };
    const made = await plan(target, { type: 'script', script: own }, asker);
    if (made.value === null) throw new Error(made.diagnostics.map(line).join('\n'));
    await apply(target, made.value, own);
    expect(revisionsOf(root)).toEqual([1]);
    const journal = readJournal(root);
    expect(journal.ok && journal.value.entries[0]).toMatchObject({
      impersonation: {
        allowed: true,
        rule: 'policy.csv:6',
        row: 'p, allow, role:netadmin, *, role:tenant, impersonate, *, ""',
      },
      networks: [
        {
          rules: ['policy.csv:3', 'policy.csv:5'],
          rows: [RULES.split('\n')[2], RULES.split('\n')[4]],
          changes: Array.from({ length: 4 }, () => ({ rule: 0, reports: [1] })),
        },
      ],
    });
  });
});

describe('an entry is short', () => {
  /** A plan of `networks` networks with `hosts` denied hosts each, whose verdicts name `rules` different rules. */
  function large(networks: number, hosts: number, rules: number, value: string): Plan {
    const made = planned(openFilesTarget(ROOT, { disk: memoryDisk() }), { a: ['', 'x'] }).plan;
    const document = made.documents[0]!;
    const change = document.changes[0]!;
    const changes = Array.from({ length: hosts }, () => ({ ...change, after: { value, written: value } }));
    const refs = Array.from({ length: rules }, (_, at) => ({
      file: 'policies/policy.csv',
      line: at + 1,
      text: `p, deny, ${'x'.repeat(2000)}`,
      effect: 'deny' as const,
    }));
    const verdicts = changes.map((one, at) => ({
      change: one,
      decision: { type: 'denied' as const, rule: refs[at % rules]!, because: value },
      reports: [refs[at % rules]!],
    }));
    return {
      ...made,
      because: value,
      allowed: false,
      documents: Array.from({ length: networks }, (_, at) => ({
        ...document,
        network: `n${at}`,
        changes,
        verdicts,
      })),
    };
  }
  const sizeOf = (body: DeniedBody): number => Buffer.byteLength(JSON.stringify(body));
  const body = (made: Plan): DeniedBody =>
    deniedBody(made, { now: 0, script: { name: 'x'.repeat(5000), hash: 'h' } });

  test.each([
    ['10,000 changes, one rule', large(1, 10_000, 1, 'v'), 4_000],
    ['10,000 changes, 10,000 rules', large(1, 10_000, 10_000, 'v'), 40_000],
    ['long values', large(1, 100, 3, 'v'.repeat(100_000)), 40_000],
    ['1,000 networks', large(1000, 10, 10, 'é'.repeat(1000)), 120_000],
  ])('%s', (_, made, most) => {
    const entry = body(made);
    expect(sizeOf(entry)).toBeLessThan(most);
    const [first] = entry.networks;
    const counted =
      first!.verdicts.reduce((sum, { count }) => sum + count, 0) + (first!.furtherVerdicts ?? 0);
    expect(counted).toBe(made.documents[0]!.changes.length);
    expect(entry.networks.length + (entry.furtherNetworks ?? 0)).toBe(made.documents.length);
  });
});

test('a directory moved away in between is no crash', async () => {
  const root = directory({ 'default.xml': HOUSE });
  const target = openFilesTarget(root);
  renameSync(root, `${root}.old`);
  mkdirSync(root);
  const told = await target.recordDenial(denied(memoryDisk()), null);
  rmSync(`${root}.old`, { recursive: true });
  expect(told).toEqual([]);
});
