// Staged work is what `apply` would make of it: a session, however it came about, and its script have the same changes.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { stepsOf } from '../../src/diff/change.ts';
import { pathText } from '../../src/network/path.ts';
import { examine, outlookOf, type Prospect, toldOf } from '../../src/repl/outlook.ts';
import { drop, redo, type Session, undo, withSetting } from '../../src/repl/session.ts';
import { planned, sessionOn, type, unitOf } from './made-session.ts';

type Like = Pick<Prospect, 'changes' | 'verdicts'>;

function shown(network: string, { changes, verdicts }: Like): readonly string[] {
  return changes.map((change, at) => {
    const path = pathText(stepsOf(change.pair), change.leaf);
    const { type: decision } = verdicts[at]?.decision ?? { type: 'nothing' };
    return `${network} ${change.op} ${path} ${change.before?.value} ${change.after?.value} ${decision}`;
  });
}

function stagedChanges(session: Session): readonly string[] {
  return outlookOf(session).flatMap((one) => shown(one.base.network, one));
}

function plannedChanges(session: Session): readonly string[] {
  const { planned: plan, script } = planned(session);
  if (plan === null) throw new Error(`the session's script has no plan:\n${script}`);
  return plan.plan.documents.flatMap((one) => shown(one.network, one));
}

function typed(available: readonly string[], ...texts: readonly string[]): Session {
  let session = sessionOn(available, FILES);
  for (const text of texts) session = type(session, unitOf(text)).session;
  return session;
}

const FILES = {
  'hosts.csv': 'mac,ip,name\n52:54:00:00:01:01,10.0.0.21,c1\n52:54:00:00:01:02,10.0.0.22,c2\n',
  'more.sluice': 'let spare = 10.0.0.60\nset bridge delay=7\n',
  'patches.xml': '<diff><remove sel="/network/ip/dhcp/host[@name=\'h2\']"/></diff>',
};

const host = fc.integer({ min: 1, max: 6 });
const network = fc.constantFrom('default', 'lab');

/** What somebody might type, right or wrong on the network as it is by then. */
const statement = fc.oneof(
  host.map((n) => `add host mac=52:54:00:00:00:0${n} ip=10.0.0.3${n} name=n${n} to ip[10.0.0.1].dhcp`),
  fc.tuple(host, host).map(([n, ip]) => `set ip[10.0.0.1].dhcp.host[52:54:00:00:00:0${n}] ip=10.0.0.4${ip}`),
  host.map((n) => `remove ip[10.0.0.1].dhcp.host[52:54:00:00:00:0${n}] if exists`),
  host.map((n) => `ensure host mac=52:54:00:00:00:0${n} name=e${n} in ip[10.0.0.1].dhcp`),
  host.map((n) => `move ip[10.0.0.1].dhcp.host[52:54:00:00:00:0${n}] first`),
  fc.constantFrom('on', 'off').map((stp) => `set bridge stp=${stp}`),
  fc.constant('set domain name=example.org'),
  fc.constant(
    'for h in csv("hosts.csv") { ensure host mac=$h.mac ip=$h.ip name=$h.name in ip[10.0.0.1].dhcp }',
  ),
  fc.constant('include "more.sluice"'),
  fc.constant('let dns = 10.0.0.53'),
  fc.constant('add forwarder addr=$dns to dns'),
  fc.constant('when bridge@stp == off { set bridge delay=3 }'),
  fc.constant('expect ip exists'),
  network.map((name) => `on network ${name} { set bridge delay=4 }`),
  fc.constant('add hsot mac=1'),
);

type Act =
  | { readonly type: 'stage'; readonly text: string; readonly network: string }
  | { readonly type: 'undo'; readonly count: number }
  | { readonly type: 'redo' }
  | { readonly type: 'drop'; readonly at: number };

const act: fc.Arbitrary<Act> = fc.oneof(
  {
    weight: 7,
    arbitrary: fc.record({ type: fc.constant('stage' as const), text: statement, network }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('undo' as const), count: fc.integer({ min: 1, max: 3 }) }),
  },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('redo' as const) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('drop' as const), at: fc.integer({ min: 0, max: 5 }) }),
  },
);

function perform(session: Session, one: Act): Session {
  switch (one.type) {
    case 'stage':
      return type(session, unitOf(one.text, one.network)).session;
    case 'undo':
      return undo(session, one.count);
    case 'redo':
      return redo(session).value ?? session;
    case 'drop':
      return drop(session, one.at).value ?? session;
  }
}

describe('a session and its script', () => {
  test('have the same changes and verdicts, whatever was typed, undone and dropped', () => {
    let changed = 0;
    fc.assert(
      fc.property(fc.array(act, { minLength: 1, maxLength: 40 }), (acts) => {
        let session = sessionOn(['default', 'lab'], FILES);
        for (const one of acts) session = perform(session, one);
        fc.pre(examine(session).every(({ severity }) => severity !== 'error'));
        const staged = stagedChanges(session);
        if (staged.length > 0) changed++;
        expect(plannedChanges(session)).toEqual(staged);
      }),
      { numRuns: 150 },
    );
    expect(changed).toBeGreaterThan(50);
  });

  test('agree where documents were thrown away and had to be made again', () => {
    const many = Array.from(
      { length: 60 },
      (_, n) => `add host mac=52:54:00:00:09:${10 + n} ip=10.0.0.${120 + n} to ip[10.0.0.1].dhcp`,
    );
    const session = undo(typed(['default'], ...many), 37);
    expect(session.staged).toHaveLength(23);
    expect(stagedChanges(session)).toEqual(plannedChanges(session));
    expect(stagedChanges(drop(session, 0).value ?? session)).toHaveLength(22 * 3);
  });

  test('name the data of included scripts and blocks where the script stands', () => {
    const { script } = planned(
      typed(['default', 'lab'], 'on network lab { set bridge stp=off }', 'let a = 10.0.0.9'),
    );
    expect(script).toBe('on network lab {\n  set bridge stp=off\n}\n\nlet a = 10.0.0.9\n');
  });
});

describe('a statement', () => {
  test('that is wrong stages nothing', () => {
    const before = typed(['default'], 'set bridge stp=off');
    const { session, codes } = type(before, unitOf('set bridge sp=off'));
    expect(codes).toEqual(['SL402']);
    expect(session.staged).toEqual(before.staged);
    expect(stagedChanges(type(session, unitOf('set bridge delay=2')).session)).toHaveLength(2);
  });

  test('sees the names that earlier ones bound', () => {
    const session = typed(['default'], 'let zone = trusted', 'set bridge zone=$zone');
    expect(stagedChanges(session)).toEqual(['default modify bridge@zone undefined trusted default-deny']);
    expect(drop(session, 0).value).toBeNull();
  });

  test('asserts about the network before the session', () => {
    const session = typed(['default'], 'set bridge stp=off', 'assert bridge@stp == on');
    expect(session.staged).toHaveLength(2);
    expect(type(session, unitOf('assert bridge@stp == off')).codes).toEqual(['SL701']);
  });

  test('expects something of the end, which may come later', () => {
    const expecting = typed(['default'], 'expect bridge@stp == off');
    expect(examine(expecting).map(({ code }) => code)).toEqual(['SL702']);
    expect(examine(type(expecting, unitOf('set bridge stp=off')).session)).toEqual([]);
  });

  test('is told with the changes that it caused itself', () => {
    const session = typed(['default'], 'set bridge stp=off', 'set domain name=example.org');
    const [first, second] = session.staged.map(({ unit }) =>
      toldOf(session, unit).flatMap(({ changes }) => changes),
    );
    expect(first).toHaveLength(1);
    expect(second?.map(({ op }) => op)).toEqual(['add', 'add', 'add']);
  });
});

describe('a setting', () => {
  test('of another subject changes the verdicts and nothing else', () => {
    const session = typed(['default'], 'set bridge stp=off');
    const other = withSetting(session, { ...session.setting, subject: 'user:nobody' }).value ?? session;
    expect(stagedChanges(session)).toEqual(['default modify bridge@stp on off allowed']);
    expect(stagedChanges(other)).toEqual(['default modify bridge@stp on off default-deny']);
  });

  test('under which what is staged cannot run is refused', () => {
    const session = typed(['default'], 'set bridge stp=off');
    const { value, diagnostics } = withSetting(session, { ...session.setting, scope: 'live' });
    expect(value).toBeNull();
    expect(diagnostics.map(({ code }) => code)).toEqual(['SL452']);
  });

  test('gives a parameter its value, which the script keeps', () => {
    const empty = sessionOn(['default']);
    const given = withSetting(empty, { ...empty.setting, vars: new Map([['rack', '7']]) }).value ?? empty;
    const named = type(given, unitOf('param rack')).session;
    const session = type(named, unitOf('set bridge delay=$rack')).session;
    expect(planned(session).script).toContain('param rack = "7"');
    expect(plannedChanges(session)).toEqual(stagedChanges(session));
  });
});
