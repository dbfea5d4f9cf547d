// Calls chosen for documents given as texts: the plan that the pipeline makes, without policy.

import { UPDATES_OF_LIBVIRT_9 } from '../../../src/apply/libvirt/ask-updates.ts';
import type { DaemonFacts } from '../../../src/apply/libvirt/calls.ts';
import { type Chosen, chooseCalls, type Wanted } from '../../../src/apply/libvirt/choose-calls.ts';
import type { Scope } from '../../../src/network/scope.ts';
import { assemble } from '../../../src/plan/assemble.ts';
import type { XmlDocument } from '../../../src/xml/document.ts';
import { parseDocument } from '../../../src/xml/parse.ts';

export const RUNNING: DaemonFacts = {
  active: true,
  persistent: true,
  updates: UPDATES_OF_LIBVIRT_9,
  busy: [],
};

/** Before and after, null for a network that is not there. */
export type Versions = readonly [string | null, string | null];
export type Plans = { readonly live: Versions | null; readonly config: Versions | null };

export function parsed(text: string): XmlDocument {
  const { value } = parseDocument({ name: 'n.xml', text });
  if (value === null) throw new Error(`not well-formed: ${text}`);
  return value;
}

export function nameOf(text: string): string {
  return /<name>(.*?)<\/name>/.exec(text)?.[1] ?? '';
}

/** Null where nothing changes, `refused` where the plan would not be made. */
export function wantedIn([before, after]: Versions, scope: Scope): Wanted | null | 'refused' {
  const made = assemble({
    network: nameOf(before ?? after ?? ''),
    scope,
    base: before === null ? null : parsed(before),
    baseHash: undefined,
    wanted: after === null ? null : parsed(after),
    causes: null,
  }).value;
  if (made === null) return 'refused';
  return made.changes.length === 0 ? null : made;
}

/** Null where the plan would not be made. */
export function chosenFor({ live, config }: Plans, facts: DaemonFacts): Chosen | null {
  const one = live === null ? null : wantedIn(live, 'live');
  const other = config === null ? null : wantedIn(config, 'config');
  if (one === 'refused' || other === 'refused') return null;
  const [before, after] = live ?? config ?? [null, null];
  return chooseCalls(nameOf(before ?? after ?? ''), facts, { live: one, config: other });
}
