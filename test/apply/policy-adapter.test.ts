// Policies out of Casbin adapters: the same rows as from files, and as strictly read. And the shipped files in plain Casbin.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { type Adapter, type Model, newEnforcer, StringAdapter } from 'casbin';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readPolicyFiles, readSource } from '../../src/apply/load-files.ts';
import { loadPolicyFromAdapter } from '../../src/apply/policy-adapter.ts';
import { prepareScript } from '../../src/compile/prepare.ts';
import type { Checked } from '../../src/diagnostics/diagnostic.ts';
import { renderHuman } from '../../src/diagnostics/render-human.ts';
import { planScript } from '../../src/plan/script.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import type { Policy } from '../../src/policy/policy.ts';

const NINA = 'p, allow, user:nina, *, **, *, *, ""';

/** An adapter of one's own, that puts rows into the model as it likes. */
function handMade(load: (model: Model) => void): Adapter {
  return {
    loadPolicy: async (model) => load(model),
    savePolicy: () => Promise.reject(new Error('read-only')),
    addPolicy: () => Promise.reject(new Error('read-only')),
    removePolicy: () => Promise.reject(new Error('read-only')),
    removeFilteredPolicy: () => Promise.reject(new Error('read-only')),
  };
}

function pushing(rows: readonly (readonly [kind: string, ...values: readonly unknown[]])[]): Adapter {
  return handMade((model) => {
    for (const [kind, ...values] of rows) {
      model.model
        .get(kind.slice(0, 1))
        ?.get(kind)
        ?.policy.push(values as string[]); // what a careless adapter does
    }
  });
}

const said = ({ diagnostics }: Checked<unknown>): string =>
  renderHuman(diagnostics, { colour: false, width: 100, unicode: true, limit: null });

/** What a policy says, without where it stands. */
function meaning(policy: Policy | null): unknown {
  return policy === null
    ? null
    : {
        links: policy.links,
        rules: policy.rules.map(({ effect, subject, network, path: where, operation, scope, when }) => [
          effect,
          subject,
          network,
          where,
          operation,
          scope,
          when,
        ]),
      };
}

function shipped(): { readonly policy: Policy; readonly text: string } {
  const files = readPolicyFiles('policies');
  if (!files.ok) throw new Error(files.error.message);
  const { value } = loadPolicy({ ...files.value, name: 'policies' });
  if (value === null) throw new Error('the shipped policy is broken');
  return { policy: value, text: files.value.rules.text };
}

describe('the shipped policy', () => {
  test('is the same in plain Casbin, with its own file adapter', async () => {
    const enforcer = await newEnforcer('policies/model.conf', 'policies/policy.csv');
    const { policy } = shipped();
    expect(await enforcer.getPolicy()).toEqual((meaning(policy) as { rules: unknown }).rules);
    expect(await enforcer.getGroupingPolicy()).toEqual(
      policy.links.map(({ member, role, network }) => [member, role, network]),
    );
  });

  test.each(['file', 'string', 'model.addPolicy'])('is the same from an adapter: %s', async (kind) => {
    const { policy, text } = shipped();
    const plain = await newEnforcer('policies/model.conf', 'policies/policy.csv');
    const rows = [
      ...(await plain.getPolicy()).map((row) => ['p', ...row]),
      ...(await plain.getGroupingPolicy()).map((row) => ['g', ...row]),
    ];
    const adapter =
      kind === 'file'
        ? plain.getAdapter()
        : kind === 'string'
          ? new StringAdapter(text)
          : handMade((model) => {
              for (const [type = '', ...row] of rows) model.addPolicy(type, type, row);
            });
    const loaded = await loadPolicyFromAdapter(adapter, { name: 'rows' });
    expect(said(loaded)).toBe('');
    expect(meaning(loaded.value)).toEqual(meaning(policy));
    expect(loaded.value?.rules[3]?.ref).toMatchObject({ file: 'rows', line: 4, effect: 'allow' });
  });
});

test('a policy from an adapter decides, and names its rows', async () => {
  const { value: policy } = await loadPolicyFromAdapter(new StringAdapter(`# a comment\n\n${NINA}`), {
    name: 'db',
  });
  if (policy === null) throw new Error('no policy');
  const script = prepareScript([{ name: 's', text: 'set bridge stp=off' }], {
    load: () => {
      throw new Error('no file');
    },
    vars: new Map(),
  });
  const source = { name: 'n.xml', text: "<network><name>n</name><bridge name='b'/></network>" };
  const planned = planScript(script.value!, {
    target: 't',
    targetScopes: ['config'],
    documents: [{ network: 'n', scope: 'config', source }],
    available: ['n'],
    policy,
    subject: 'user:nina',
    realSubject: 'user:nina',
    clock: 0,
    scope: null,
    network: null,
  });
  const verdict = planned.value?.plan.documents[0]?.verdicts[0];
  expect(planned.value?.plan.policy).toMatchObject({ name: 'db' });
  expect(verdict?.decision).toMatchObject({ type: 'allowed', rule: { file: 'db', line: 1, text: NINA } });
});

describe('what Casbin would drop or widen is an error with the number of the row', () => {
  const ok = ['allow', 'user:nina', '*', '**', '*', '*', ''] as const;
  test.each<readonly [string, Adapter, string]>([
    [
      'another kind',
      new StringAdapter(`${NINA}\nP, deny, user:nina, *, **, *, *, ""`),
      'error[SL602]: unknown kind of row `P`',
    ],
    [
      'p3',
      pushing([
        ['p', ...ok],
        ['p3', ...ok],
      ]),
      'error[SL602]: unknown kind of row `p3`',
    ],
    ['a request row', new StringAdapter(`${NINA}\nr, x`), 'error[SL602]: unknown kind of row `r`'],
    [
      'an effect',
      new StringAdapter(`${NINA}\np, Deny, user:nina, *, **, *, *, ""`),
      'error[SL608]: unknown effect `Deny`',
    ],
    [
      'a comment',
      new StringAdapter(`${NINA}\np, deny # no, user:nina, *, **, *, *, ""`),
      'error[SL608]: unknown effect `deny # no`',
    ],
    [
      'a column',
      pushing([
        ['p', ...ok],
        ['p', ...ok.slice(1)],
      ]),
      'error[SL603]: 7 columns instead of 8',
    ],
    ['an empty row', pushing([['p', ...ok], ['p']]), 'error[SL603]: 1 columns instead of 8'],
    [
      'no text',
      pushing([
        ['p', ...ok],
        ['p', 7, ...ok.slice(1)],
      ]),
      'error[SL847]: row 2 of `db` has a value that is no text',
    ],
    [
      'null',
      pushing([
        ['p', ...ok],
        ['p', ...ok.slice(0, 6), null],
      ]),
      'error[SL847]: row 2 of `db` has a value that is no text',
    ],
    [
      'a blank',
      pushing([
        ['p', ...ok],
        ['p', 'allow ', ...ok.slice(1)],
      ]),
      'begins or ends with a blank',
    ],
    [
      'a line break',
      pushing([
        ['p', ...ok],
        ['p', 'allow', 'user:nina\np', ...ok.slice(2)],
      ]),
      'holds a line break',
    ],
    [
      'a quote',
      pushing([
        ['p', ...ok],
        ['p', ...ok.slice(0, 6), 'name == "x'],
      ]),
      'error[SL630]',
    ],
    [
      'an odd character',
      pushing([
        ['p', ...ok],
        ['p', 'allow', 'user:ni\u200bna', ...ok.slice(2)],
      ]),
      'error[SL606]',
    ],
  ])('%s', async (_, adapter, message) => {
    const loaded = await loadPolicyFromAdapter(adapter, { name: 'db' });
    expect(loaded.value).toBeNull();
    expect(said(loaded)).toContain(message);
    expect(said(loaded)).toMatch(/--> db:2:/);
  });

  test('roles after rules, whatever the order of the adapter', async () => {
    const rows = 'g, user:olga, role:netadmin\n' + NINA;
    expect(said(await loadPolicyFromAdapter(new StringAdapter(rows), { name: 'db' }))).toMatch(
      /error\[SL603\]: 3 columns instead of 4\n +--> db:2:1/,
    );
  });
});

describe('an adapter that', () => {
  test.each<readonly [string, Adapter, string]>([
    [
      'rejects',
      { ...handMade(() => {}), loadPolicy: () => Promise.reject(new Error('connection refused')) },
      'connection refused',
    ],
    [
      'throws what is no error',
      handMade(() => {
        throw 'gone';
      }),
      'gone',
    ],
    ['cannot split a row', new StringAdapter('p, allow, ((, x'), 'Unmatched brackets'],
  ])('%s is told', async (_, adapter, reason) => {
    const loaded = await loadPolicyFromAdapter(adapter, { name: 'db' });
    expect(loaded.value).toBeNull();
    expect(said(loaded)).toContain('error[SL846]: the policy adapter `db` failed: ');
    expect(said(loaded)).toContain(reason);
  });

  test('has nothing allows nothing', async () => {
    const loaded = await loadPolicyFromAdapter(handMade(() => {}));
    expect(loaded.value?.rules).toEqual([]);
    expect(said(loaded)).toContain('warning[SL600]');
  });
});

test('the model can be given, and has to be the one', async () => {
  const model = readSource('policies/model.conf');
  if (!model.ok) throw new Error('no model');
  const adapter = (): Adapter => new StringAdapter(NINA);
  expect((await loadPolicyFromAdapter(adapter(), { model: model.value })).value).not.toBeNull();
  const wider = { ...model.value, text: model.value.text.replace('some(where (p.eft == allow)) && ', '') };
  expect(said(await loadPolicyFromAdapter(adapter(), { model: wider }))).toContain('error[SL601]');
});

test('a condition that is always true, for stores that leave empty columns out', async () => {
  const loaded = await loadPolicyFromAdapter(
    new StringAdapter('p, allow, user:nina, *, **, *, *, role everyone'),
  );
  expect(said(loaded)).toBe('');
});

test('what the docs show of the file adapter', async () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'sluice-adapter-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(path.join(folder, 'rows.csv'), `${NINA}\n`);
  const { FileAdapter } = await import('casbin');
  const { value } = await loadPolicyFromAdapter(new FileAdapter(path.join(folder, 'rows.csv')), {
    name: 'rows',
  });
  expect(value?.rules).toHaveLength(1);
});
