// What is written is what was shown: whatever is otherwise the second time is named.

import { expect, test } from 'vitest';
import { error, warning } from '../../src/diagnostics/diagnostic.ts';
import { isConflict } from '../../src/plan/conflict.ts';
import { isRefused, whatMoved } from '../../src/plan/moved.ts';
import type { DocumentPlan } from '../../src/plan/plan.ts';
import { allowedBy, changeOf, documentOf, planOf, rule, Tree } from '../cli/made-plan.ts';

const ALLOW = rule(6, 'p, allow, role:operator, *, bridge@stp, modify, *, ""');
const DENY = rule(7, 'p, deny, role:everyone, *, bridge, *, *, ""');
const change = changeOf(new Tree(), '~ bridge@stp  on  off');
const document = documentOf([change], () => allowedBy(ALLOW));
const denied = documentOf([change], () => ({ type: 'denied', rule: DENY, because: null }));
const shown = planOf([document]);

test('nothing moved', () => {
  expect(whatMoved(shown, planOf([documentOf([change], () => allowedBy({ ...ALLOW }))]))).toBeNull();
});

test.each<[string, readonly DocumentPlan[]]>([
  ['the networks', []],
  ['the networks', [{ ...document, network: 'lab' }]],
  ['the networks', [{ ...document, scope: 'live' }]],
  ['network `default`', [{ ...document, baseHash: 'other' }]],
  ['the script, or what it reads,', [{ ...document, resultHash: 'other' }]],
  ['what the policy says to network `default`', [denied]],
  [
    'what the policy says to network `default`',
    [documentOf([change], () => allowedBy({ ...ALLOW, line: 9 }))],
  ],
  [
    'how it takes effect in network `default`',
    [{ ...document, effects: [{ type: 'next-start', because: null }] }],
  ],
])('%s', (what, documents) => {
  expect(whatMoved(shown, planOf(documents))).toBe(what);
});

test('the policy', () => {
  expect(whatMoved(shown, planOf([document], { policy: { name: './policies', hash: 'other' } }))).toBe(
    'the policy',
  );
});

test('a plan is refused when something in it is, or who asks for it', () => {
  const impersonation = { allowed: false, rule: null };
  expect(
    [shown, planOf([denied]), planOf([document], { impersonation })].map((plan) => isRefused(plan)),
  ).toEqual([false, true, true]);
});

test('a conflict is nothing but conflicts', () => {
  const conflict = error('SL701', null, 'x');
  expect(
    [[conflict], [conflict, warning('SL443', null, 'x')], [conflict, error('SL402', null, 'x')], []].map(
      (problems) => isConflict(problems),
    ),
  ).toEqual([true, true, false, false]);
});
