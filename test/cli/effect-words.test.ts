// How a plan says that a change takes effect, and by which calls.

import { expect, test } from 'vitest';
import { renderPlan } from '../../src/cli/render-plan.ts';
import type { Scope } from '../../src/network/scope.ts';
import type { TakesEffect } from '../../src/plan/plan.ts';
import { allowedBy, changeOf, documentOf, planOf, rule, Tree } from './made-plan.ts';

const ALL = rule(1, 'p, allow, role:everyone, *, **, *, *, ""');

/** What stands behind the arrows of a plan in which one text changes, in one document or in both. */
function said(effects: Partial<Record<Scope, TakesEffect>>): readonly string[] {
  const documents = (['live', 'config'] as const).flatMap((scope) => {
    const effect = effects[scope];
    if (effect === undefined) return [];
    const change = changeOf(new Tree(), '~ dns.txt[v]@value  1  2', [], scope);
    return [{ ...documentOf([change], () => allowedBy(ALL)), effects: [effect] }];
  });
  const look = { colour: false, width: 200, unicode: false, terminal: false } as const;
  const text = renderPlan(planOf(documents), look, { full: false, purpose: 'plan' });
  return [...text.matchAll(/^ {4}-> (.*)$/gm)].map((found) => found[1] ?? '');
}

const PLAIN = { type: 'at-once', restartsDnsmasq: false, reloadsFirewall: false } as const;
const STORED = { type: 'stored' } as const;

test.each<[string, Partial<Record<Scope, TakesEffect>>, readonly string[]]>([
  ['in a file', { config: STORED }, []],
  ['in both', { live: PLAIN, config: STORED }, ['at once']],
  [
    'at a price',
    { live: { ...PLAIN, restartsDnsmasq: true, reloadsFirewall: true }, config: STORED },
    ['at once; dnsmasq restarts, and the firewall rules of the network are reloaded'],
  ],
  [
    'by two calls',
    {
      live: { ...PLAIN, restartsDnsmasq: true, by: 'delete-and-add' },
      config: { ...STORED, by: 'delete-and-add' },
    },
    ['at once; deleted and added again, so it is missing for a moment; dnsmasq restarts'],
  ],
  [
    'by another call for each document',
    { live: { ...PLAIN, by: 'delete-and-add' }, config: { ...STORED, by: 'define' } },
    [
      'at once; deleted and added again, so it is missing for a moment; CONFIG is stored by a define of the whole network',
    ],
  ],
  [
    'for new guests',
    { live: { type: 'new-guests-only' }, config: STORED },
    ['at once for new guests; those that run keep what they have'],
  ],
  [
    'later, with a reason',
    { config: { type: 'next-start', because: 'libvirt cannot change it', by: 'define' } },
    [
      'when the network starts the next time: libvirt cannot change it; stored by a define of the whole network',
    ],
  ],
  [
    'later, deleted and added where nobody looks',
    { config: { type: 'next-start', because: null, by: 'delete-and-add' } },
    ['when the network starts the next time; deleted and added again'],
  ],
  [
    'never',
    { live: { type: 'not-possible', because: 'no call does it' } },
    ['not possible: no call does it'],
  ],
])('%s', (_, effects, lines) => {
  expect(said(effects)).toEqual(lines);
});
