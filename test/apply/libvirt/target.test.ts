// What the libvirt target does when a daemon fails it: errors at each call, errors that were none, lost answers, a daemon
// that goes, somebody else who writes. Whatever happens, what it reports is what the daemon holds.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { markName, ownMark } from '../../../src/apply/files/process-mark.ts';
import { readJournal } from '../../../src/apply/files/read-journal.ts';
import { type LibvirtTarget, openLibvirtTarget } from '../../../src/apply/libvirt/libvirt-target.ts';
import { PATIENCE } from '../../../src/apply/libvirt/rpc/session.ts';
import { apply } from '../../../src/apply/session.ts';
import type { ApplyOutcome } from '../../../src/apply/target.ts';
import {
  type FakeDaemon,
  type FakeNetwork,
  type FakeServer,
  type Reaction,
  startFakeServer,
} from './fake-server.ts';
import { keptAndRefused, obedient, refused } from './obedient.ts';
import { allowing, differences, effectLines, mustPlan, type On, planScript, run, told } from './on-daemon.ts';

const UUID = '00000000-0000-4000-8000-000000000001';
const LAB = `<network>
  <name>lab</name>
  <uuid>${UUID}</uuid>
  <bridge name='virbr7' stp='on' delay='0'/>
  <mac address='52:54:00:00:00:07'/>
  <ip address='10.7.0.1' netmask='255.255.255.0'/>
</network>
`;
const THREE = [2, 3, 4].map((n) => `add host ip=10.7.0.${n} { hostname=h${n} } to dns`).join('\n');
const ON: On = { network: 'lab' };
const USUAL: Reaction = { type: 'usual' };

let folder: string;
let server: FakeServer;
let target: LibvirtTarget;

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-target-'));
});
afterEach(async () => {
  await target.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function open(daemon: FakeDaemon, state = folder): Promise<void> {
  server = await startFakeServer(daemon);
  const opened = openLibvirtTarget(server.uri, state, {
    patience: { ...PATIENCE, change: 300, read: 2000 },
    wait: 1500,
    stateWord: state === folder ? null : state,
  });
  if (!opened.ok) throw new Error(opened.error.message);
  target = opened.value;
}

const lab = { name: 'lab', live: LAB, config: LAB };
const held = (): FakeNetwork => {
  const found = server.networks.get(UUID);
  if (found === undefined) throw new Error('lab is gone');
  return found;
};
const changed = (): { readonly live: readonly string[]; readonly config: readonly string[] } => ({
  live: differences(LAB, held().live, 'live').filter(
    (one) => !one.includes('@') && !one.includes('hostname'),
  ),
  config: differences(LAB, held().config, 'config').filter(
    (one) => !one.includes('@') && !one.includes('hostname'),
  ),
});

function diagnosticOf(outcome: { readonly type: string }): {
  readonly code: string;
  readonly message: string;
  readonly help: string | null;
} {
  const { diagnostic } = outcome as Extract<ApplyOutcome, { type: 'failed' }>; // the test fails below when it is another
  if (diagnostic === undefined) throw new Error(`${outcome.type} has no diagnostic`);
  return diagnostic;
}

describe('a call that fails', () => {
  test.each([1, 2, 3])('refused at call %i: what was done is taken back', async (at) => {
    await open(obedient([lab], (count) => (count === at ? refused(55, 'not now') : USUAL)));
    const { outcome } = await run(target, THREE, ON);
    expect(outcome.type).toBe('failed');
    const { code, message } = diagnosticOf(outcome);
    expect(code).toBe('SL985');
    expect(message).toContain('not now (libvirt error 55, operation invalid, domain 19)');
    if (at > 1)
      expect(message).toContain(`${at - 1} call${at === 2 ? '' : 's'} had been made, and taken back`);
    expect(changed()).toEqual({ live: [], config: [] });
    expect(readJournal(target.journal)).toMatchObject({ value: { entries: [] } });
  });

  test('refused, and done all the same: as if dnsmasq did not start', async () => {
    await open(obedient([lab], (count) => (count === 2 ? keptAndRefused('dnsmasq: exit 2') : USUAL)));
    const { outcome } = await run(target, THREE, ON);
    expect(outcome.type).toBe('failed');
    expect(diagnosticOf(outcome).message).toContain(
      'dnsmasq: exit 2 (libvirt error 1, internal error, domain 0)',
    );
    expect(changed()).toEqual({ live: [], config: [] });
  });

  test('and taking back fails, too: exactly what holds, and the way on and back', async () => {
    await open(obedient([lab], (count) => (count >= 3 ? refused(1, 'broken') : USUAL)));
    const { outcome } = await run(target, THREE, ON);
    expect(outcome).toMatchObject({ type: 'partial', applied: [], pending: ['lab (live)', 'lab (config)'] });
    const { code, message, help } = diagnosticOf(outcome);
    expect(code).toBe('SL984');
    expect(message).toContain('2 of 3 calls made\ntaking it back failed: libvirt refused NetworkUpdate');
    expect(message).toContain('lab (live) holds a part');
    expect(changed().live).toEqual(['add dns', 'add dns.host[10.7.0.2]', 'add dns.host[10.7.0.3]']);
    const script = (what: string, scope: string): string =>
      readFileSync(path.join(target.journal, `${what}-lab-${scope}.sluice`), 'utf8');
    expect(script('finish', 'live')).toContain('add host ip=10.7.0.4 { hostname=h4 } to dns');
    expect(script('undo', 'config')).toContain('remove dns');
    expect(help).toContain(`undo-lab-config.sluice --target 'network:///system?socket=${server.socket}'`);
    const journal = readJournal(target.journal);
    expect(journal).toMatchObject({
      value: {
        entries: [{ type: 'apply', partial: true, networks: [{ scope: 'live' }, { scope: 'config' }] }],
      },
    });
  });

  test('the commands that it names find the same journal', async () => {
    const state = path.join(folder, "nina's state");
    await open(
      obedient([lab], (count) => (count >= 2 ? refused(1, 'broken') : USUAL)),
      state,
    );
    const { outcome } = await run(target, THREE, ON);
    const words = (diagnosticOf(outcome).help ?? '').split('\n').filter((line) => line.startsWith('sluice'));
    expect(words).toHaveLength(4);
    for (const command of words) {
      const said = spawnSync('sh', ['-c', `printf '%s\\n' ${command}`], { encoding: 'utf8' }).stdout;
      const [, , file = '', , where, , kept] = said.split('\n');
      expect(existsSync(file)).toBe(true);
      expect([where, kept]).toEqual([`network:///system?socket=${server.socket}`, state]);
    }
  });

  test('the scripts that it names do finish it, and undo it', async () => {
    let broken = true;
    await open(obedient([lab], (count) => (broken && count >= 2 ? refused(1, 'broken') : USUAL)));
    await run(target, THREE, ON);
    broken = false;
    const script = (what: string): string =>
      readFileSync(path.join(target.journal, `${what}-lab-live.sluice`), 'utf8');
    const undo = script('undo');
    expect((await run(target, script('finish'), ON)).outcome.type).toBe('applied');
    expect(changed().live).toHaveLength(4);
    // undo was written for what held then: the same again
    expect(undo).toContain('scope live');
  });
});

describe('an answer that does not come', () => {
  test.each([1, 3])('the connection breaks at call %i', async (at) => {
    await open(obedient([lab], (count) => (count === at ? { type: 'cut', bytes: 7 } : USUAL)));
    const { outcome } = await run(target, THREE, ON);
    expect(outcome.type).toBe('failed');
    expect(diagnosticOf(outcome).message).toContain('nobody knows whether NetworkUpdate was carried out');
    expect(changed()).toEqual({ live: [], config: [] });
  });

  test('silence is no success, and no failure of which one could be sure', async () => {
    await open(obedient([lab], (count) => (count === 2 ? { type: 'silence' } : USUAL)));
    const { outcome } = await run(target, THREE, ON);
    expect(outcome).toMatchObject({ type: 'partial', pending: ['lab (live)', 'lab (config)'] });
    expect(diagnosticOf(outcome).message).toContain(
      'did not answer within 0.3 seconds\n1 of 3 calls made\nlab (live) holds a part',
    );
    expect(changed().live).toEqual(['add dns', 'add dns.host[10.7.0.2]']);
  });

  test('the daemon goes, and does not come back', async () => {
    await open(
      obedient([lab], (count) => {
        if (count === 2) void server.stop();
        return count === 2 ? { type: 'silence' } : USUAL;
      }),
    );
    const { outcome } = await run(target, THREE, ON);
    expect(outcome.type).toBe('partial');
    expect(diagnosticOf(outcome).code).toBe('SL987');
    // who tried is known, and that nobody knows what came of it
    expect(readJournal(target.journal)).toMatchObject({
      value: {
        entries: [
          {
            type: 'apply',
            partial: true,
            networks: [
              { scope: 'live', changes: [] },
              { scope: 'config', changes: [] },
            ],
          },
        ],
      },
    });
  });
});

describe('somebody else', () => {
  const foreign = (network: FakeNetwork): void => {
    network.config = (network.config ?? '').replace('</network>', "  <domain name='theirs'/>\n</network>");
  };

  test('writes between plan and apply: a conflict, and nothing is written', async () => {
    await open(obedient([lab], () => USUAL));
    const made = await mustPlan(target, THREE, ON);
    foreign(held());
    expect(await apply(target, made)).toMatchObject({ type: 'conflict', diagnostic: { code: 'SL813' } });
    expect(changed()).toEqual({ live: [], config: ['add domain'] });
  });

  test('writes between two of our calls: told, and left as it is', async () => {
    await open(
      obedient([lab], (count) => {
        if (count === 2) foreign(held());
        return USUAL;
      }),
    );
    const { outcome } = await run(target, THREE, ON);
    expect(outcome).toMatchObject({ type: 'partial', applied: ['lab (live)'], pending: ['lab (config)'] });
    expect(diagnosticOf(outcome).message).toContain(
      'lab (config) holds something else: somebody else changed it, too',
    );
    expect(changed().config).toContain('add domain');
  });

  test('writes, and then a call fails: what is not ours is not taken back', async () => {
    await open(
      obedient([lab], (count) => {
        if (count === 2) foreign(held());
        return count === 3 ? refused(55, 'no') : USUAL;
      }),
    );
    const { outcome } = await run(target, THREE, ON);
    expect(outcome.type).toBe('partial');
    expect(changed().config).toContain('add domain');
  });

  test('stores another network just before our define: not overwritten', async () => {
    let reads = 0;
    await open(
      obedient([lab], () => USUAL, {
        react: (call) => {
          // the plan reads twice, fitting it twice, apply before its calls twice; the seventh is the look before the define
          if (call.name === 'NetworkGetXMLDesc' && ++reads === 7) foreign(held());
          return USUAL;
        },
      }),
    );
    const { outcome } = await run(target, 'set domain name=ours', ON);
    expect(outcome).toMatchObject({ type: 'conflict', diagnostic: { code: 'SL813' } });
    expect(held().config).toContain('theirs');
    expect(server.calls).not.toContain('NetworkDefineXML');
  });

  test('applies at the same time: one after the other, and the second sees what the first did', async () => {
    await open(obedient([lab], () => USUAL));
    const [one, two] = await Promise.all([mustPlan(target, THREE, ON), mustPlan(target, THREE, ON)]);
    const outcomes = await Promise.all([apply(target, one), apply(target, two)]);
    expect(outcomes.map(({ type }) => type).sort()).toEqual(['applied', 'conflict']);
  });
});

describe('before the first call', () => {
  test('without a journal nothing is done', async () => {
    const file = path.join(folder, 'file');
    writeFileSync(file, '');
    await open(
      obedient([lab], () => USUAL),
      file,
    );
    const { outcome } = await run(target, THREE, ON);
    expect(outcome).toMatchObject({ type: 'failed', diagnostic: { code: 'SL981' } });
    expect(changed()).toEqual({ live: [], config: [] });
  });

  test('what cannot go on record afterwards is said', async () => {
    await open(
      obedient([lab], () => {
        const own = path.join(target.journal, '.sluice');
        rmSync(own, { recursive: true, force: true });
        writeFileSync(own, '');
        return USUAL;
      }),
    );
    const { outcome } = await run(target, THREE, ON);
    expect(outcome).toMatchObject({ type: 'partial', diagnostic: { code: 'SL989' }, pending: [] });
    expect(changed()).not.toEqual({ live: [], config: [] });
  });

  test('a permit works once', async () => {
    await open(obedient([lab], () => USUAL));
    const made = await mustPlan(target, THREE, ON);
    expect((await apply(target, made)).type).toBe('applied');
    expect(await apply(target, made)).toMatchObject({ type: 'failed', diagnostic: { code: 'SL811' } });
  });

  test('an apply that was killed is told of', async () => {
    await open(obedient([lab], () => USUAL));
    const own = path.join(target.journal, '.sluice');
    mkdirSync(own, { recursive: true });
    const record = {
      format: 1,
      mark: markName({ ...ownMark(), boot: 'f00' }),
      subject: 'user:nina',
      since: '2026-03-01T09:30:00.000Z',
      networks: ['lab'],
    };
    const file = path.join(own, 'underway.json');
    writeFileSync(file, JSON.stringify(record));
    const { outcome } = await run(target, THREE, ON);
    expect(outcome.type).toBe('applied');
    expect('notes' in outcome && told(outcome.notes)).toMatch(/^SL982 an apply to `lab` by `user:nina`/);
    expect(existsSync(file)).toBe(false);
  });

  test('and is on record: that it was tried, by whom, and that nobody knows what came of it', async () => {
    // as it is on disk while the second call is being made
    let record = '';
    await open(
      obedient([lab], (count) => {
        if (count === 2) record = readFileSync(path.join(target.journal, '.sluice/underway.json'), 'utf8');
        return USUAL;
      }),
    );
    await run(target, THREE, ON);
    const dead = JSON.stringify({ ...JSON.parse(record), mark: markName({ ...ownMark(), boot: 'f00' }) });
    writeFileSync(path.join(target.journal, '.sluice/underway.json'), dead);
    const seen = await target.read('lab', 'config');
    expect(seen.ok && told(seen.value.notes)).toMatch(/^SL982 an apply to `lab` by `user:olga`/);
    await run(target, 'remove dns.host[10.7.0.2]', ON);
    const journal = readJournal(target.journal);
    expect(journal).toMatchObject({
      value: {
        fault: null,
        entries: [
          { revision: 1 },
          {
            revision: 2,
            partial: true,
            realSubject: 'user:olga',
            networks: [
              { network: 'lab', scope: 'live', changes: [] },
              { network: 'lab', scope: 'config', changes: [] },
            ],
          },
          { revision: 3 },
        ],
      },
    });
  });

  test('a denied plan is on record, and nothing is called', async () => {
    await open(obedient([lab], () => USUAL));
    const made = await mustPlan(target, THREE, {
      ...ON,
      policy: allowing('p, allow, user:olga, *, bridge@stp, *, *, ""'),
    });
    expect((await apply(target, made)).type).toBe('denied');
    expect(readJournal(target.journal)).toMatchObject({ value: { entries: [{ type: 'denied' }] } });
  });

  test('a device that a guest holds is not made free behind its back', async () => {
    const pool = LAB.replace(/ {2}<bridge[\s\S]*<\/network>/, '').concat(
      "  <forward mode='passthrough'>\n    <interface dev='eth1' connections='1'/>\n    <interface dev='eth2'/>\n  </forward>\n</network>\n",
    );
    await open(
      obedient([{ name: 'lab', live: pool, config: pool.replace(" connections='1'", '') }], () => USUAL),
    );
    const { value, diagnostics } = await planScript(target, 'add interface dev=eth3 to forward', ON);
    expect(value).toBeNull();
    expect(told(diagnostics)).toMatch(
      /^SL829 any update of `lab` makes libvirt forget that guests hold `eth1`/,
    );
  });
});

test('done, and then the journal cannot be written: not hidden, and not called a failure', async () => {
  await open(
    obedient([lab], (count) => {
      if (count === 3) {
        rmSync(target.journal, { recursive: true });
        writeFileSync(target.journal, '');
      }
      return USUAL;
    }),
  );
  const { outcome } = await run(target, THREE, ON);
  expect(outcome).toMatchObject({ type: 'partial', applied: ['lab'], diagnostic: { code: 'SL989' } });
  expect('notes' in outcome && told(outcome.notes)).toMatch(/^SL981 the journal in/);
  expect(changed().live).toHaveLength(4);
});

test('a network that does not run has nothing live to read, to change or to lease', async () => {
  await open(obedient([{ ...lab, live: null }], () => USUAL));
  const answers = [await target.read('lab', 'live'), await target.leases('lab')];
  expect(answers.map((answer) => (answer.ok ? '' : answer.error.code))).toEqual(['SL980', 'SL980']);
  const { diagnostics } = await planScript(target, THREE, { ...ON, scope: 'live' });
  expect(told(diagnostics)).toBe('SL980 network `lab` has no `live` state now');
});

test('Ctrl-C between two calls: the report says how far it came', async () => {
  await open(obedient([lab], () => USUAL));
  const stop = new AbortController();
  const { outcome } = await run(target, THREE, ON, {
    stop: stop.signal,
    progress: (done) => {
      if (done === 1) stop.abort();
    },
  });
  expect(outcome).toMatchObject({ type: 'partial', pending: ['lab (live)', 'lab (config)'] });
  const { code, message } = diagnosticOf(outcome);
  expect(code).toBe('SL986');
  expect(message).toContain('1 of 3 calls made');
  expect(changed().live).toEqual(['add dns', 'add dns.host[10.7.0.2]']);
});

test('a daemon of old, which takes section and command the other way round', async () => {
  await open(obedient([lab], () => USUAL, { features: [10] }));
  const { plan, outcome } = await run(target, THREE, ON);
  expect(outcome.type).toBe('applied');
  expect(effectLines(plan)).toContain('live add dns.host[10.7.0.2]: at-once');
  expect(changed().live).toHaveLength(4);
});

test('a guest that is plugged in makes no other revision of a network', async () => {
  await open(
    obedient([{ ...lab, live: LAB.replace('<network>', "<network connections='1'>") }], () => USUAL),
  );
  const made = await mustPlan(target, THREE, ON);
  held().live = LAB.replace('<network>', "<network connections='2'>");
  expect((await apply(target, made)).type).toBe('applied');
});
