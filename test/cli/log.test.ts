// `sluice log` as a person uses it: after some applies and denials, by people and policy of the house.

import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import type { ApplyEntry, DeniedEntry, JournalEntry } from '../../src/apply/files/journal.ts';
import { readJournal } from '../../src/apply/files/read-journal.ts';
import type { Look } from '../../src/cli/console.ts';
import { renderLog } from '../../src/cli/render-log.ts';
import { readSince } from '../../src/cli/since.ts';
import { sha256Hex } from '../../src/std/sha256.ts';
import { type House, makeHouse } from './program.ts';

const me = os.userInfo().username;

/** Hashes and times are others in every run. */
function still(text: string): string {
  return text
    .replace(/\b[0-9a-f]{64}\b/g, 'HASH')
    .replace(/\b[0-9a-f]{12}\b/g, 'HASH12')
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC/g, 'TIME')
    .replaceAll(`by ${me}`, 'by ME')
    .replaceAll(`user:${me}`, 'user:ME');
}

let house: House;
beforeAll(() => {
  house = makeHouse();
  const policy = house.read('policies/policy.csv');
  house.write('policies/policy.csv', `${policy}p, report, role:everyone, *, forward.**, *, *, ""\n`);
  const at = 'ip[10.0.0.1].dhcp';
  const steps: readonly (readonly [string, string, number])[] = [
    ['nina', 'set bridge stp=off', 0],
    ['alice', `add host mac=52:54:00:00:00:0c ip=10.0.0.131 name=v2.a.example.com to ${at}`, 0],
    ['alice', `add host mac=52:54:00:00:00:0d ip=10.0.0.13 name=v3.a.example.com to ${at}`, 3],
    ['olga', 'set domain name=x.example', 3],
    ['nina', 'set forward mode=route', 0],
  ];
  for (const [who, statement, status] of steps) {
    expect(house.run(['do', '--yes', '--as', who, statement])).toMatchObject({ status });
  }
});

function entries(): readonly JournalEntry[] {
  const journal = readJournal(path.join(house.folder, 'networks'));
  return journal.ok ? journal.value.entries : [];
}

describe('the list', () => {
  test('is newest first, with who, what and by which rule', () => {
    const { stdout, status } = house.run(['log']);
    expect(status).toBe(0);
    expect(still(stdout)).toBe(`revision 3  TIME  by ME as nina
  default: 1 change  HASH12 → HASH12
    ~ forward mode: nat → route
    ✓ allowed by policies/policy.csv:8
    on trial: policies/policy.csv:10 would have denied 1 change
          p, report, role:everyone, *, forward.**, *, *, ""
  script <statement> (HASH12), policy ./policies (HASH12)

✗ denied HASH12  TIME  by ME as olga
  default: 1 change, all denied  on HASH12, for HASH12
    ✗ 1 denied by policies/policy.csv:7
          p, deny, role:everyone, *, domain, *, *, "not role netadmin"
        why: \`user:olga\` does not have \`role:netadmin\` on \`default\`
        ~ domain name: example.com → x.example
  script <statement> (HASH12), policy ./policies (HASH12)

✗ denied HASH12  TIME  by ME as alice
  default: 4 changes, all denied  on HASH12, for HASH12
    ✗ 4 denied: no rule allows it
        nearest rule: policies/policy.csv:5
          p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a…
        why not: condition false after: \`ip\` is 10.0.0.13
        + ip[10.0.0.1].dhcp.host[52:54:00:00:00:0d] mac=52:54:00:00:00:0d name=v3.a.example.com ip=10.0.0.13
  script <statement> (HASH12), policy ./policies (HASH12)

revision 2  TIME  by ME as alice
  default: 4 changes  HASH12 → HASH12
    + ip[10.0.0.1].dhcp.host[52:54:00:00:00:0c] mac=52:54:00:00:00:0c name=v2.a.example.com ip=10.0.0.131
    ✓ allowed by policies/policy.csv:5
  script <statement> (HASH12), policy ./policies (HASH12)

revision 1  TIME  by ME as nina
  default: 1 change  HASH12 → HASH12
    ~ bridge stp: on (default) → off
    ✓ allowed by policies/policy.csv:8
  script <statement> (HASH12), policy ./policies (HASH12)
`);
  });

  /** What each entry begins with. */
  const titles = (words: readonly string[]): readonly string[] =>
    [...house.run(['log', ...words]).stdout.matchAll(/^(revision \d+|✗ denied).*? as (\w+)$/gm)].map(
      ([, what, who]) => `${what} ${who}`,
    );

  test.each<readonly [words: readonly string[], found: readonly string[]]>([
    [['--denied'], ['✗ denied olga', '✗ denied alice']],
    [['--reported'], ['revision 3 nina']],
    [
      ['--user', 'alice'],
      ['✗ denied alice', 'revision 2 alice'],
    ],
    [['--user', 'user:olga', 'default'], ['✗ denied olga']],
    [
      ['--user', me, '--limit', '2'],
      ['revision 3 nina', '✗ denied olga'],
    ],
    [['--denied', '--since', '1h', '--network', 'default', '--limit', '1'], ['✗ denied olga']],
    [['--since', '2999-01-01'], []],
    [['--user', 'nobody'], []],
  ])('%j', (words, found) => {
    expect(titles(words)).toEqual(found);
  });

  test('says what it leaves out, and when there is nothing', () => {
    expect(house.run(['log', '--limit', '2']).stdout).toMatch(/\n\n3 older, which `--limit 0` shows\n$/);
    expect(house.run(['log', '--limit', '0']).stdout).not.toContain('older');
    expect(house.run(['log', '--user', 'nobody']).stdout).toBe('Nothing of that kind in the journal.\n');
    const fresh = makeHouse();
    expect(fresh.run(['log']).stdout).toBe('Nothing in the journal yet.\n');
    expect(fresh.run(['log', 'default']).stdout).toBe('Nothing in the journal about default yet.\n');
  });

  test('is the journal itself as JSON', () => {
    const { stdout } = house.run(['log', '--json', '--limit', '4']);
    const document = JSON.parse(stdout) as Record<string, unknown>;
    expect(document).toMatchObject({ version: 1, command: 'log', status: 0, older: 1 });
    expect(document['entries']).toEqual(entries().slice(1).reverse());
  });
});

describe('one entry', () => {
  test('by its number', () => {
    const { stdout } = house.run(['log', '2']);
    expect(still(stdout)).toContain(`revision 2  TIME  by ME as alice
  default: 4 changes  HASH → HASH
    + ip[10.0.0.1].dhcp.host[52:54:00:00:00:0c] mac=52:54:00:00:00:0c name=v2.a.example.com ip=10.0.0.131
    ✓ allowed by policies/policy.csv:5
          p, allow, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in 10.0.0.128/25 and name like *.a.example.com"
  script    <statement>  HASH
  policy    ./policies  HASH
`);
    expect(still(stdout)).toContain(`  acting as alice was allowed by policies/policy.csv:9
          p, allow, user:ME, *, *, impersonate, *, ""\n`);
  });

  test('by its hash, or the beginning of it', () => {
    const denial = entries().find(({ type }) => type === 'denied')!;
    for (const id of [denial.hash, denial.hash.slice(0, 12)]) {
      expect(house.run(['log', id]).stdout).toContain(`  entry     ${denial.hash}\n`);
    }
    const { stdout } = house.run(['log', denial.hash, '--json']);
    expect((JSON.parse(stdout) as { entry: unknown }).entry).toEqual(denial);
  });

  test('a network that is called like one', () => {
    const other = makeHouse();
    const text = other.read('networks/default.xml').replace('>default<', '>7<');
    other.write('networks/7.xml', text);
    const words = ['do', '--yes', '--as', 'nina', '--network', '7', 'set bridge stp=off'];
    expect(other.run(words)).toMatchObject({ status: 0 });
    expect(other.run(['log', '7']).stdout).toMatch(/^revision 1 /);
    expect(other.run(['log', '1']).stdout).toMatch(/^revision 1 /);
    expect(other.run(['log', '--network', '7']).stdout).toMatch(/^revision 1 /);
  });
});

describe('mistakes', () => {
  test.each<readonly [words: readonly string[], message: string]>([
    [['--since', 'lunch'], 'error[SL960]: `lunch` is no time'],
    [['99'], 'error[SL961]: the journal has no entry `99`'],
    [
      ['defualt'],
      'error[SL963]: there is no network `defualt`, and the journal knows of none\n  help: did you mean `default`?',
    ],
    [['default', '--network', 'lab'], 'error[SL906]: two networks are named'],
    [['--target', 'dir:nowhere'], 'error[SL801]'],
    [['--limit', 'many'], 'error[SL905]: `many` is no value for `--limit`'],
    [['--user', 'a b'], 'error[SL912]'],
  ])('%j', (words, message) => {
    const { status, stdout, stderr } = house.run(['log', ...words]);
    expect(status).not.toBe(0);
    expect(stdout).toBe('');
    expect(stderr).toContain(message);
  });

  test('several hashes that begin alike', () => {
    // entries until two share six digits would take too long, so their hashes are made: a journal of one's own
    const folder = path.join(house.folder, 'twins/.sluice');
    mkdirSync(folder, { recursive: true });
    let previous: string | null = null;
    const byStart = new Map<string, string>();
    const lines: string[] = [];
    let twin = '';
    for (let n = 0; twin === ''; n++) {
      const head = n === 0 ? '"begins":true,' : '';
      const open: string = `{"format":9,"type":"note","n":${n},${head}"previous":${JSON.stringify(previous)}`;
      previous = sha256Hex(open);
      lines.push(`${open},"hash":"${previous}"}\n`);
      const start = previous.slice(0, 6);
      if (byStart.has(start)) twin = start;
      byStart.set(start, previous);
    }
    writeFileSync(path.join(folder, 'journal.jsonl'), lines.join(''));
    const { stderr } = house.run(['log', twin, '--target', 'dir:twins']);
    expect(stderr).toContain(
      `error[SL962]: several entries begin with \`${twin}\`\n  help: there are \`${twin}`,
    );
  });
});

describe('a journal with a fault', () => {
  test('cut short: a warning, and all that is sound', async () => {
    const other = makeHouse();
    expect(other.run(['do', '--yes', '--as', 'nina', 'set bridge stp=off'])).toMatchObject({ status: 0 });
    appendFileSync(path.join(other.folder, 'networks/.sluice/journal.jsonl'), '{"format":1,"ty');
    const torn = other.run(['log']);
    expect(torn).toMatchObject({ status: 0 });
    expect(torn.stdout).toMatch(/^revision 1 /);
    expect(torn.stderr).toContain('warning[SL820]');
  });

  test('broken: an error, and all that is sound before it', async () => {
    const other = makeHouse();
    for (const stp of ['off', 'on'])
      expect(other.run(['do', '--yes', '--as', 'nina', `set bridge stp=${stp}`])).toMatchObject({
        status: 0,
      });
    const file = 'networks/.sluice/journal.jsonl';
    const [first = '', second = ''] = other.read(file).split('\n');
    other.write(file, `${first}\n${second.replace('user:nina', 'user:eve')}\n`);
    const broken = other.run(['log']);
    expect(broken).toMatchObject({ status: 1 });
    expect(broken.stdout).toMatch(/^revision 1 /);
    expect(broken.stderr).toContain('error[SL819]: line 2 of');
  });
});

test('times of --since', () => {
  const now = Date.parse('2026-03-10T12:00:00Z');
  const read = (text: string): string | null => {
    const at = readSince(text, now);
    return at === null ? null : new Date(at).toISOString().replace(':00.000Z', '');
  };
  const cases: Readonly<Record<string, string | null>> = {
    today: '2026-03-10T00:00',
    Yesterday: '2026-03-09T00:00',
    '90min': '2026-03-10T10:30',
    '90m': '2026-03-10T10:30',
    '12h': '2026-03-10T00:00',
    '3d': '2026-03-07T12:00',
    '2 w': '2026-02-24T12:00',
    '2026-03-01': '2026-03-01T00:00',
    '2026-03-01T09:30': '2026-03-01T09:30',
    '2026-03-01 09:30:00': '2026-03-01T09:30',
    '2026-03-01T09:30Z': '2026-03-01T09:30',
    '2026-03-01T09:30+01:00': '2026-03-01T08:30',
    '2026-02-30': null,
    '2026-3-1': null,
    '2026-03-01T25:00': null,
    '3 days': null,
    '': null,
    '-3d': null,
  };
  expect(Object.fromEntries(Object.keys(cases).map((text) => [text, read(text)]))).toEqual(cases);
});

describe('an entry as text', () => {
  const look: Look = { colour: false, width: 100, unicode: false, terminal: true };
  const sealed = { previous: null, hash: 'ab'.repeat(32) };
  const common = {
    format: 1 as const,
    time: '2026-03-01T09:30:00.000Z',
    target: 'dir:/n',
    subject: 'user:alice',
    realSubject: 'user:alice',
    because: null,
    script: null,
    policy: { name: 'p', hash: 'cd'.repeat(32) },
    decided: '2026-03-01T09:30:00.000Z',
  };

  test('reaches no terminal unescaped', () => {
    const evil = '\u001b[31m\n\u202e';
    const entry: DeniedEntry = {
      ...sealed,
      ...common,
      type: 'denied',
      because: evil,
      impersonation: { allowed: false, rule: evil, row: evil },
      changesHash: 'h',
      networks: [
        {
          network: evil,
          scope: 'config',
          before: null,
          after: evil,
          changes: 3,
          denied: 1,
          verdicts: [
            {
              decision: 'default-deny',
              count: 1,
              fault: evil,
              nearest: [{ rule: evil, row: evil, missed: evil }],
              first: [{ op: 'add', path: evil, after: evil }],
            },
          ],
          furtherVerdicts: 2,
          reports: [{ rule: evil, row: evil, count: 1 }],
        },
      ],
      furtherNetworks: 3,
      silentUntil: '2026-03-02T00:00:00.000Z',
    };
    for (const whole of [true, false]) {
      const text = renderLog([entry], look, { whole });
      expect(text).not.toMatch(/[\u001b\u202e]/);
      expect(text).toContain('... and 3 more networks');
      expect(text).toContain('... and 2 changes by further rules');
      expect(text).toContain(
        'denials of alice from here to 2026-03-02 00:00:00 UTC are not recorded: too many',
      );
    }
  });

  test('of a large plan is short in a list, and whole by itself', () => {
    const changes = Array.from({ length: 10_000 }, (_, n) => ({
      op: 'add' as const,
      path: n % 2 === 0 ? `txt[n${n}]` : `txt[n${n - 1}]@name`,
      ...(n % 2 === 0 ? {} : { after: `n${n - 1}` }),
      rule: 0,
    }));
    const network = {
      network: 'default',
      scope: 'config' as const,
      before: 'a',
      after: 'b',
      foreignSince: 3,
      rules: ['policy.csv:7'],
      changes,
    };
    const entry: ApplyEntry = { ...sealed, ...common, type: 'apply', revision: 4, networks: [network] };
    const short = renderLog([entry], look, { whole: false });
    expect(short.split('\n').slice(0, 8)).toEqual([
      'revision 4  2026-03-01 09:30:00 UTC  by alice',
      '  default: 10,000 changes  a -> b',
      '    was changed outside Sluice before, after revision 3',
      '    + txt[n0] name=n0',
      '    + txt[n2] name=n2',
      '    + txt[n4] name=n4',
      '    + txt[n6] name=n6',
      '    ... and 9,992 more changes',
    ]);
    expect(renderLog([entry], look, { whole: true }).match(/\+ txt/g)).toHaveLength(5000);
  });

  test('of an apply that a daemon did in part says so, and which document is meant', () => {
    const part = {
      network: 'default',
      before: 'a',
      after: 'b',
      rules: ['policy.csv:7'],
      changes: [
        { op: 'add' as const, path: 'dns.txt[v]', rule: 0 },
        { op: 'remove' as const, path: 'dns.txt[w]' },
      ],
    };
    const entry: ApplyEntry = {
      ...sealed,
      ...common,
      target: 'qemu:///system',
      type: 'apply',
      revision: 5,
      partial: true,
      networks: [
        { ...part, scope: 'live' },
        { ...part, scope: 'config', changes: part.changes.slice(0, 1) },
      ],
    };
    expect(renderLog([entry], look, { whole: false }).split('\n').slice(0, 10)).toEqual([
      'revision 5  2026-03-01 09:30:00 UTC  by alice',
      '    applied in part: what is listed was done and holds, and the rest of the plan does not',
      '  default (live): 2 changes  a -> b',
      '    + dns.txt[v]',
      '    - dns.txt[w]  not planned: nobody asked the policy',
      '    allowed by policy.csv:7',
      '  default (config): 1 change  a -> b',
      '    + dns.txt[v]',
      '    allowed by policy.csv:7',
      '  policy p (cdcdcdcdcdcd)',
    ]);
    const nothing = { ...entry, networks: entry.networks.map((one) => ({ ...one, changes: [] })) };
    expect(renderLog([nothing], look, { whole: false })).toContain(
      'nobody knows how much of it was done: it ended before what holds could be read',
    );
    const whole: ApplyEntry = { ...sealed, ...common, type: 'apply', revision: 5, networks: entry.networks };
    expect(renderLog([whole], look, { whole: false })).not.toMatch(/in part|not planned|nobody/);
  });

  test('of a daemon that does not answer is shown all the same: it is kept here', () => {
    const shown = house.run(['log', '--target', 'network:///system?socket=/nonexistent/sock']);
    expect(shown.status).toBe(0);
    expect(shown.stdout).toBe('Nothing in the journal yet.\n');
    expect(shown.stderr).toMatch(/^warning\[SL872\]/);
  });

  test('of a line that this Sluice does not know', () => {
    expect(renderLog([{ ...sealed, type: 'other', named: 'confirm' }], look, { whole: false })).toBe(
      'entry abababababab  a line `confirm`, which this Sluice does not know\n',
    );
  });
});
