// Planning from end to end, without files: who is allowed what, saved plans, whole documents, nodeSpec calls.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { networksOf, prepareScript } from '../../src/compile/prepare.ts';
import type { Diagnostic } from '../../src/diagnostics/diagnostic.ts';
import { error } from '../../src/diagnostics/diagnostic.ts';
import { stepsOf } from '../../src/diff/change.ts';
import { diffDocuments } from '../../src/diff/diff.ts';
import { sameChanges } from '../../src/diff/same-changes.ts';
import { pathText } from '../../src/network/path.ts';
import type { PlanContext, Planned } from '../../src/plan/context.ts';
import { planDocument } from '../../src/plan/document.ts';
import { type NodeSpecFlags, planNodeSpec } from '../../src/plan/node-spec.ts';
import { planSaved, readSavedPlan, savePlan } from '../../src/plan/saved.ts';
import { planScript } from '../../src/plan/script.ts';
import { loadPolicy } from '../../src/policy/load.ts';
import { parseDocument } from '../../src/xml/parse.ts';

const model = {
  name: 'model.conf',
  text: readFileSync(new URL('../../policies/model.conf', import.meta.url), 'utf8'),
};
const BASE = readFileSync(new URL('../compile/networks/nat.xml', import.meta.url), 'utf8');

function policy(rules: string) {
  const { value, diagnostics } = loadPolicy({
    model,
    rules: { name: 'policy.csv', text: rules },
    name: 'policies',
  });
  if (value === null) throw new Error(diagnostics[0]?.message);
  return value;
}

const ALL = policy('p, allow, role:everyone, *, **, *, *, ""\n');

function context(changes: Partial<PlanContext> = {}): PlanContext {
  return {
    target: 'dir:/networks',
    targetScopes: ['config'],
    documents: [{ network: 'default', scope: 'config', source: { name: 'default.xml', text: BASE } }],
    available: ['default'],
    policy: ALL,
    subject: 'user:alice',
    realSubject: 'user:alice',
    clock: 1_750_000_000_000,
    scope: null,
    network: null,
    ...changes,
  };
}

const load = (path: string) => ({
  ok: false as const,
  error: error('SL448', null, `there is no \`${path}\``),
});

function prepared(text: string, vars: readonly (readonly [string, string])[] = []) {
  return prepareScript([{ name: 'script', text }], { load, vars: new Map(vars) });
}

function plan(text: string, changes: Partial<PlanContext> = {}): Planned {
  const script = prepared(text);
  if (script.value === null) throw new Error(script.diagnostics[0]?.message);
  const { value, diagnostics } = planScript(script.value, context(changes));
  if (value === null) throw new Error(diagnostics[0]?.message);
  return value;
}

const codes = (diagnostics: readonly Diagnostic[]) => diagnostics.map(({ code }) => code);
const changesOf = ({ plan: { documents } }: Planned) =>
  documents.flatMap(({ changes }) =>
    changes.map(({ op, pair, leaf }) => `${op} ${pathText(stepsOf(pair), leaf)}`),
  );

test('a plan that is allowed has a permit, one that is not has none', () => {
  expect(plan('set bridge stp=off').permit).not.toBeNull();
  const denied = plan('set bridge stp=off; set domain name=x.org', {
    policy: policy('p, allow, role:everyone, *, bridge@stp, modify, *, ""\n'),
  });
  expect(denied.permit).toBeNull();
  expect(denied.plan.allowed).toBe(false);
  expect(denied.plan.documents[0]?.verdicts.map(({ decision }) => decision.type)).toEqual([
    'allowed',
    'default-deny',
  ]);
});

test('nothing to do is allowed, and leaves every byte', () => {
  const { plan: nothing } = plan('set bridge stp=on', { policy: policy('') });
  expect(nothing.allowed).toBe(true);
  expect(nothing.documents[0]?.resultText).toBe(BASE);
});

test('any two ways to the same result ask for the same', () => {
  const statements = plan('remove ip[10.0.0.1].dhcp.host[a.example.com]; set bridge stp=off');
  const whole = planDocument(
    [{ network: 'default', source: { name: 'x', text: statements.plan.documents[0]?.resultText ?? '' } }],
    context(),
  );
  expect(whole.value === null ? [] : changesOf(whole.value)).toEqual(changesOf(statements));
});

test('reasons go into the plan', () => {
  expect(plan('because "ticket 7"\nset bridge stp=off because "loops are gone"').plan.because).toBe(
    'ticket 7; loops are gone',
  );
});

describe('which network', () => {
  const names = (text: string, available: readonly string[], chosen: string | null = null) => {
    const script = prepared(text);
    if (script.value === null) throw new Error(script.diagnostics[0]?.message);
    const { value, diagnostics } = networksOf(script.value, available, chosen);
    return diagnostics.length > 0 ? codes(diagnostics) : value;
  };
  test('the only one, the chosen one, those of on', () => {
    expect(names('set bridge stp=off', ['a'])).toEqual(['a']);
    expect(names('set bridge stp=off', ['a', 'b'], 'b')).toEqual(['b']);
    expect(names('on network lab-* { set bridge stp=off }', ['a', 'lab-2', 'lab-1'])).toEqual([
      'lab-1',
      'lab-2',
    ]);
    expect(names('on network a, lab-1 { set bridge stp=off }', ['a', 'lab-1'])).toEqual(['a', 'lab-1']);
  });
  test('SL450: several and none named', () => {
    expect(names('set bridge stp=off', ['a', 'b'])).toEqual(['SL450']);
    expect(names('set bridge stp=off', [])).toEqual(['SL450']);
  });
  test('SL451: a name or pattern that finds nothing', () => {
    expect(names('on network x { set bridge stp=off }', ['a'])).toEqual(['SL451']);
    expect(names('on network x* { set bridge stp=off }', ['a'])).toEqual(['SL451']);
    expect(names('set bridge stp=off', ['a'], 'c')).toContain('SL451');
  });
});

test('SL443: --var for a parameter that nobody declares', () => {
  expect(codes(prepared('param device = x', [['devcie', 'y']]).diagnostics)).toEqual(['SL443']);
});

describe('saved plans', () => {
  const saved = () => JSON.stringify(savePlan(plan('set bridge stp=off').plan));
  const again = (text: string, changes: Partial<PlanContext> = {}) => {
    const read = readSavedPlan({ name: 'plan.json', text });
    if (read.value === null) return codes(read.diagnostics);
    const { value, diagnostics } = planSaved(read.value, context(changes));
    return value === null ? codes(diagnostics) : changesOf(value);
  };
  test('come to the same changes', () => {
    expect(again(saved())).toEqual(['modify bridge@stp']);
    expect(again(JSON.stringify({ version: 1, plan: JSON.parse(saved()) }))).toEqual(['modify bridge@stp']);
  });
  test('SL703: base or target moved', () => {
    expect(
      again(saved(), {
        documents: [
          { network: 'default', scope: 'config', source: { name: 'default.xml', text: `${BASE} ` } },
        ],
      }),
    ).toEqual(['SL703']);
    expect(again(saved(), { documents: [] })).toEqual(['SL703']);
    expect(again(saved(), { target: 'dir:/elsewhere' })).toEqual(['SL703']);
    const other = JSON.parse(saved());
    other.changesHash = 'f'.repeat(64);
    expect(again(JSON.stringify(other))).toEqual(['SL703']);
  });
  test('SL709: another policy', () => {
    expect(again(saved(), { policy: policy('p, allow, role:everyone, *, **, modify, *, ""\n') })).toEqual([
      'SL709',
    ]);
  });
  test('SL704: no plan, another version, an edited one', () => {
    expect(again('{')).toEqual(['SL704']);
    expect(again('{}')).toEqual(['SL704']);
    expect(again(saved().replace('"version":1', '"version":99'))).toEqual(['SL704']);
    expect(again(saved().replace("stp='off'", "stp='on'"))).toEqual(['SL704']);
    expect(again(saved().replace('"documents":[', '"documents":[7,'))).toEqual(['SL704']);
  });
});

describe('whole documents', () => {
  const whole = (text: string | null, network = 'default', changes: Partial<PlanContext> = {}) =>
    planDocument(
      [{ network, source: text === null ? null : { name: 'desired.xml', text } }],
      context(changes),
    );
  test('a network that is not there yet is created, in libvirt’s layout', () => {
    const { value } = whole(
      "<network><name>lab</name><!-- dropped --><ip prefix='24' address='10.9.0.1'/><bridge name='virbr9'/></network>",
      'lab',
    );
    expect(value?.plan.documents[0]?.resultText).toBe(
      "<network>\n  <name>lab</name>\n  <bridge name='virbr9'/>\n  <ip address='10.9.0.1' prefix='24'/>\n</network>\n",
    );
    expect(value === null ? [] : changesOf(value).slice(0, 3)).toEqual([
      'add network',
      'add network@ipv6',
      'add name',
    ]);
  });
  test('a network can be deleted', () => {
    const { value } = whole(null);
    expect(value?.plan.documents[0]?.resultText).toBeNull();
    expect(value === null ? [] : changesOf(value)[0]).toBe('remove network');
  });
  test('SL706: the same network twice', () => {
    const one = { network: 'default', source: { name: 'x', text: BASE } };
    expect(codes(planDocument([one, one], context()).diagnostics)).toContain('SL706');
  });
  test('SL705: a file that calls itself otherwise', () => {
    const text = BASE.replace('<name>default', '<name>other');
    const documents = [
      { network: 'default', scope: 'config' as const, source: { name: 'default.xml', text } },
    ];
    expect(codes(whole(text.replace('virbr0', 'virbr1'), 'default', { documents }).diagnostics)).toContain(
      'SL705',
    );
  });
  test('SL708: the name never changes', () => {
    expect(codes(whole(BASE.replace('<name>default', '<name>other')).diagnostics)).toContain('SL708');
  });
});

test('SL707 guards what is written: changes that differ in anything are not the same', () => {
  const parsed = (text: string) => {
    const { value } = parseDocument({ name: 'x', text });
    if (value === null) throw new Error('broken');
    return value;
  };
  const base = parsed(BASE);
  const found = diffDocuments(
    base,
    parsed(
      BASE.replace('virbr0', 'virbr1').replace(
        "<portgroup name='sales'/>",
        "<portgroup name='a'/><portgroup name='b'/>",
      ),
    ),
    'config',
  );
  expect(
    sameChanges(
      found,
      diffDocuments(
        base,
        parsed(
          BASE.replace('virbr0', 'virbr1').replace(
            "<portgroup name='sales'/>",
            "<portgroup name='a'/><portgroup name='b'/>",
          ),
        ),
        'config',
      ),
    ),
  ).toBe(true);
  expect(found.length).toBeGreaterThan(5);
  for (const [at, change] of found.entries()) {
    const others = [
      { ...change, op: change.op === 'move' ? ('add' as const) : ('move' as const) },
      { ...change, kind: 'unknown' as const },
      { ...change, leaf: { type: 'attribute' as const, name: 'other' } },
      { ...change, after: { value: 'other', written: null } },
      { ...change, before: { value: 'other', written: null } },
      { ...change, scope: 'live' as const },
      { ...change, pair: { ...change.pair, step: { name: 'other', key: null, nth: 1 } } },
    ];
    for (const other of others) expect(sameChanges(found, found.with(at, other))).toBe(false);
    expect(sameChanges(found, found.toSpliced(at, 1))).toBe(false);
  }
});

describe('nodeSpec, xml, flags', () => {
  const call = (nodeSpec: string, xml: string, act: NodeSpecFlags['act']) => {
    const { value, diagnostics } = planNodeSpec(nodeSpec, xml, { act, scope: null }, context());
    return value === null
      ? codes(diagnostics.filter(({ severity }) => severity === 'error'))
      : changesOf(value);
  };
  test('add, and not twice', () => {
    expect(
      call("/network/ip[@address='10.0.0.1']/dhcp", "<host mac='52:54:00:00:01:01' ip='10.0.0.5'/>", 'add'),
    ).toHaveLength(3);
    expect(
      call("/network/ip[@address='10.0.0.1']/dhcp", "<host mac='52:54:00:00:00:0a' ip='10.0.0.5'/>", 'add'),
    ).toEqual(['SL430']);
  });
  test('delete by just enough of it', () => {
    expect(call('/network/ip/dhcp', "<host ip='10.0.0.20'/>", 'delete')[0]).toBe(
      'remove ip[10.0.0.1].dhcp.host[52:54:00:00:00:0b]',
    );
    expect(call('/network/ip/dhcp', "<host ip='10.0.0.99'/>", 'delete')).toEqual(['SL403']);
    expect(call('/network/dns', "<srv service='ldap'/>", 'delete')).toEqual(['SL404']);
  });
  test('update makes it so', () => {
    expect(call('/network', "<domain name='example.org'/>", 'update')).toEqual(['modify domain@name']);
    expect(call('/network', "<mtu size='9000'/>", 'update')).toEqual(['add mtu', 'add mtu@size']);
    expect(call('/network', "<bridge name='virbr0' stp='off'/>", 'update')).toEqual(['modify bridge@stp']);
  });
  test('selects exactly one parent', () => {
    expect(call('//host', '<lease expiry="120"/>', 'add')).toEqual(['SL460']);
    expect(call('/network/bridge/@name', '<x/>', 'add')).toEqual(['SL461']);
    expect(call('/network[', '<x/>', 'add')).toEqual(['SL120']);
  });
});
