// Plans of one network's documents → the calls that make them true, how each change takes effect, and what cannot be done.
//
// The narrowest call that works: an update of one item where there is one, a define for what CONFIG needs beside it. Every
// call is simulated before it is chosen, and what comes out is compared with what was planned: a call that hits something
// else is an error here and not a surprise there.

import { type Diagnostic, error, warning } from '../../diagnostics/diagnostic.ts';
import { type Change, type Pair, stepsOf } from '../../diff/change.ts';
import { diffDocuments } from '../../diff/diff.ts';
import { xpathAttr, xpathChildren } from '../../network/libvirt-reading.ts';
import { pathText } from '../../network/path.ts';
import { ownsBridge } from '../../network/rule-facts.ts';
import { checkDefine, checkNewDefine } from '../../network/rules.ts';
import type { Scope } from '../../network/scope.ts';
import type { DocumentPlan, Means, TakesEffect } from '../../plan/plan.ts';
import { planUpdates, xmlLine } from '../../plan/virsh.ts';
import type { Step } from '../../plan/virsh-lists.ts';
import { type Section, sections } from '../../plan/virsh-sections.ts';
import type { Span } from '../../source/source.ts';
import { spanOf, type XmlDocument, type XmlElement } from '../../xml/document.ts';
import { printDocument } from '../../xml/print.ts';
import { itemSection } from './ask-updates.ts';
import type { Call, DaemonFacts, Documents, UpdateSupport } from './calls.ts';
import { asStored } from './predict-call.ts';
import { carryOut, openSimulation, type SideEffects, simulated } from './predict-update.ts';
import type { NetworkUpdate } from './rpc/client.ts';

/** One document as it is and as it shall be; null where there is none. `changes` are those of diffDocuments between them. */
export type Wanted = {
  readonly base: XmlDocument | null;
  readonly result: XmlDocument | null;
  /** The text that the permit binds, which is what a define sends. */
  readonly resultText: string | null;
  readonly changes: readonly Change[];
};

/** Null for a document that is not to change. */
export type WantedDocuments = { readonly live: Wanted | null; readonly config: Wanted | null };

export type Chosen = {
  readonly calls: readonly Call[];
  /** In the order of the changes of each document. */
  readonly effects: { readonly live: readonly TakesEffect[]; readonly config: readonly TakesEffect[] };
  /** LIVE as the updates leave it; null when that is what was wanted. */
  readonly reached: XmlDocument | null;
  /** With an error among them the calls must not be made. */
  readonly problems: readonly Diagnostic[];
};

/** Above this many updates for CONFIG alone, one define does it: each update costs libvirt as much as a define. */
const MOST_CONFIG_UPDATES = 10;
/** How many others may be taken out and put back in LIVE, so that the order is right there too. */
const MOST_REBUILT = 4;

/** What the plan of a document says, as chooseCalls takes it; null when it changes nothing. */
export function wantedOf(plan: Pick<DocumentPlan, 'changes' | 'resultText'>): Wanted | null {
  const [first] = plan.changes;
  if (first === undefined) return null;
  let { pair } = first;
  while (pair.parent !== null) pair = pair.parent;
  return {
    base: documentOf(pair.base),
    result: documentOf(pair.result),
    resultText: plan.resultText,
    changes: plan.changes,
  };
}

function documentOf(root: XmlElement | null): XmlDocument | null {
  if (root === null) return null;
  return { source: root.source ?? { name: 'network', text: '' }, root, prolog: '', epilog: '\n' };
}

/** The calls that bring a network back from what was reached to what it was. What cannot be undone is a problem. */
export function undoCalls(network: string, facts: DaemonFacts, reached: Documents, base: Documents): Chosen {
  const back = (scope: Scope): Wanted | null => {
    const [from, to] = [reached[scope], base[scope]];
    const changes = diffDocuments(from, to, scope);
    if (changes.length === 0) return null;
    return { base: from, result: to, resultText: to === null ? null : printDocument(to), changes };
  };
  return chooseCalls(network, facts, { live: back('live'), config: back('config') });
}

/** Which calls to make, in this order. */
export function chooseCalls(network: string, facts: DaemonFacts, wanted: WantedDocuments): Chosen {
  const problems: Diagnostic[] = [];
  const { live, config } = wanted;
  const liveUpdates =
    live === null || live.base === null || live.result === null
      ? null
      : updatesOf(live.base, live.result, live.changes, 'live', facts.updates);
  const inConfig = config === null ? null : chooseConfig(network, facts, config, liveUpdates, problems);
  const merged = merge(inConfig?.updates ?? [], liveUpdates?.updates ?? []);
  const calls: Call[] = [...(inConfig?.first ?? []), ...merged];
  let liveEffects: readonly TakesEffect[] = [];
  if (live !== null && liveUpdates !== null && live.result !== null) {
    problems.push(...newDefineFindings(network, live));
    problems.push(...poolProblems(network, facts, live, liveUpdates.updates));
    problems.push(...strangeProblems(network, liveUpdates, 'live'));
    problems.push(...openForward(network, live, liveUpdates.updates));
    liveEffects = effectsInLive(network, facts, live, liveUpdates, inConfig, problems);
  } else if (live !== null) {
    const started = startOrStop(network, facts, live, config, problems);
    calls.push(...started.calls);
    liveEffects = started.effects;
  }
  return {
    calls,
    effects: {
      live: liveEffects,
      config: config === null ? [] : effectsInConfig(facts, config, inConfig, live, liveEffects),
    },
    reached: liveUpdates?.reached ?? null,
    problems,
  };
}

// ---- updates of one document ----

/** An update of one document, before it is known whether the other takes the same. */
type Made = {
  readonly section: Section;
  readonly update: Omit<NetworkUpdate, 'scope'>;
  readonly changes: readonly Change[];
  readonly says: string;
  readonly beside: SideEffects;
  /** It takes out what another one puts back. */
  readonly isHalf: boolean;
};

type Updates = {
  readonly updates: readonly Made[];
  /** What is not done, with the reason as the end of a sentence. */
  readonly undone: ReadonlyMap<Change, string>;
  /** Lists whose order is not as it was planned, without anybody having asked for an order. */
  readonly shifted: readonly Change[];
  /** What would change that nobody planned. */
  readonly strange: readonly Change[];
  /** The document as the updates leave it; null when that is what was wanted. */
  readonly reached: XmlDocument | null;
};

/** Chooses updates and simulates them. A section whose updates would not be taken is left to others. */
function updatesOf(
  base: XmlDocument,
  result: XmlDocument,
  changes: readonly Change[],
  scope: Scope,
  support: UpdateSupport,
): Updates {
  const refused = new Map<string, string>();
  for (;;) {
    const use = usable(support).filter((section) => !refused.has(section.name));
    const { steps, remarks, left } = planUpdates(base, changes, use, scope === 'live' ? MOST_REBUILT : 0);
    const simulation = openSimulation(base, scope, support);
    const updates: Made[] = [];
    let trouble = false;
    for (const step of steps) {
      const update = updateOf(step);
      const done = carryOut(simulation, { ...update, scope });
      if (!done.ok) {
        refused.set(step.list.section.name, `libvirt would refuse it: ${done.error.message}`);
        trouble = true;
        break;
      }
      updates.push({
        section: step.list.section,
        update,
        changes: step.item.changes,
        says: saysOf(step),
        beside: done.value,
        isHalf: isHalf(step),
      });
    }
    if (trouble) continue;
    const reasons = new Map<Change, string>();
    for (const { change, reason } of left)
      reasons.set(change, refusalOf(change, refused) ?? reasonWords(reason));
    for (const { item, reason } of remarks)
      for (const change of item?.changes ?? []) reasons.set(change, reasonWords(reason));
    const reached = simulated(simulation);
    const rest = diffDocuments(reached, result, scope);
    return { ...compare(changes, updates, reasons, rest), reached: rest.length === 0 ? null : reached };
  }
}

/** Why the section of a change was given up. */
function refusalOf({ pair }: Change, refused: ReadonlyMap<string, string>): string | null {
  if (refused.size === 0) return null;
  const names = stepsOf(pair).map((step) => step.name);
  const section = sections.find(({ path }) => path.every((name, at) => name === names[at]));
  return section === undefined ? null : (refused.get(section.name) ?? null);
}

/** Sections in which this daemon can put something in and take it out. */
function usable(support: UpdateSupport): readonly Section[] {
  return sections.flatMap((section) => {
    const can = support.get(itemSection(section.name));
    if (can === undefined || !can.has('add-first') || !can.has('add-last') || !can.has('delete')) return [];
    return [can.has('modify') === section.modifies ? section : { ...section, modifies: can.has('modify') }];
  });
}

function updateOf({ command, list, element }: Step): Omit<NetworkUpdate, 'scope'> {
  return {
    section: itemSection(list.section.name),
    command,
    parentIndex: list.parentIndex ?? -1,
    xml: xmlLine(list.section.spec, element),
  };
}

function isHalf({ command, item }: Step): boolean {
  return command !== 'modify' && item.base !== null && item.wanted !== null;
}

function saysOf(step: Step): string {
  const { command, item } = step;
  switch (command) {
    case 'delete':
      return `${isHalf(step) ? 'take out' : 'remove'} ${item.path}`;
    case 'modify':
      return `change ${item.path}`;
    case 'add-first':
    case 'add-last':
      return `${isHalf(step) ? 'put back' : 'add'} ${item.path}`;
  }
}

const NO_CALL = 'libvirt cannot change it while the network runs';

function reasonWords(reason: string): string {
  if (reason === 'no net-update section') return NO_CALL;
  return reason.replace(/^net-update/, 'libvirt').replaceAll('net-update', 'libvirt');
}

/** Holds what the updates come to against what was planned. */
function compare(
  changes: readonly Change[],
  updates: readonly Made[],
  reasons: ReadonlyMap<Change, string>,
  rest: readonly Change[],
): Omit<Updates, 'reached'> {
  const undone = new Map<Change, string>();
  const shifted: Change[] = [];
  const strange: Change[] = [];
  if (rest.length > 0) {
    const carried = new Set(updates.flatMap((update) => update.changes));
    const planned = new Map<string, Change[]>();
    for (const change of changes) {
      const same = planned.get(keyOf(change));
      if (same === undefined) planned.set(keyOf(change), [change]);
      else same.push(change);
    }
    for (const change of rest) {
      const same = planned.get(keyOf(change));
      for (const one of same ?? [])
        undone.set(one, reasons.get(one) ?? (carried.has(one) ? 'libvirt takes it and forgets it' : NO_CALL));
      if (same !== undefined) continue;
      if (change.op !== 'move') {
        strange.push(change);
        continue;
      }
      // which of two that change places has moved is nobody's to say
      const moves = changes.filter((one) => one.op === 'move' && listOf(one) === listOf(change));
      for (const one of moves) undone.set(one, ORDER);
      if (moves.length === 0) shifted.push(change);
    }
  }
  for (const [change, reason] of reasons)
    if (change.kind === 'unknown' && !undone.has(change)) undone.set(change, reason);
  return { updates, undone, shifted, strange };
}

const ORDER = 'libvirt adds at either end only';

/** The list that an element stands in, as a text. */
function listOf({ pair }: Change): string {
  const steps = stepsOf(pair);
  const last = steps.at(-1);
  return `${pathText(steps.slice(0, -1))} ${last?.name}`;
}

/** The same for one change, planned and found again. */
function keyOf({ op, kind, pair, leaf }: Change): string {
  return `${op} ${kind} ${pathText(stepsOf(pair), leaf)}`;
}

// ---- CONFIG ----

type InConfig = {
  /** Calls that come before any update. */
  readonly first: readonly Call[];
  readonly updates: readonly Made[];
  /** What CONFIG will not say either. */
  readonly undone: ReadonlyMap<Change, string>;
};

const PLAIN = { restartsDnsmasq: false, reloadsFirewall: false } as const;

function chooseConfig(
  network: string,
  facts: DaemonFacts,
  config: Wanted,
  live: Updates | null,
  problems: Diagnostic[],
): InConfig {
  const { base, result, resultText, changes } = config;
  if (result === null || resultText === null) {
    const call: Call = { type: 'undefine', changes, says: `remove what is stored of ${network}`, ...PLAIN };
    return { first: base === null ? [] : [call], updates: [], undone: new Map() };
  }
  if (base !== null) {
    const many = areMany(base, changes, facts.updates, live);
    // what no define takes cannot be made otherwise, however many updates it needs
    if (!many || checkDefine(base).length > 0) {
      const updates = updatesOf(base, result, changes, 'config', facts.updates);
      const suffices = updates.undone.size + updates.shifted.length + updates.strange.length === 0;
      const alone = (): number => updates.updates.length - pairs(updates.updates, live?.updates ?? []).size;
      if (suffices && (many || alone() <= MOST_CONFIG_UPDATES || checkDefine(base).length > 0)) {
        problems.push(...newDefineFindings(network, config));
        return { first: [], updates: updates.updates, undone: new Map() };
      }
    }
  }
  const call: Call = {
    type: 'define',
    xml: resultText,
    changes,
    says: `${base === null ? 'define' : 'store'} ${network} as a whole`,
    ...PLAIN,
  };
  const findings = checkDefine(result);
  for (const finding of findings) problems.push(undefinable(network, finding));
  const undone = findings.length > 0 ? new Map<Change, string>() : lostByDefine(network, config, problems);
  return { first: [call], updates: [], undone };
}

/** Whether there are so many updates for CONFIG alone that it will be a define: then none of them need be simulated. */
function areMany(
  base: XmlDocument,
  changes: readonly Change[],
  support: UpdateSupport,
  live: Updates | null,
): boolean {
  if (changes.length <= MOST_CONFIG_UPDATES) return false;
  const { steps } = planUpdates(base, changes, usable(support), 0);
  return steps.length - (live?.updates.length ?? 0) > MOST_CONFIG_UPDATES;
}

/** What libvirt would not store of a define that it accepts. */
function lostByDefine(
  network: string,
  { base, result, changes }: Wanted,
  problems: Diagnostic[],
): ReadonlyMap<Change, string> {
  const undone = new Map<Change, string>();
  for (const change of changes) {
    const isUuid = change.pair.parent?.parent === null && change.pair.spec?.name === 'uuid';
    if (!isUuid || base === null) continue;
    if (!undone.has(change))
      problems.push(
        error('SL832', spanFor(change), `the uuid of \`${network}\` cannot change`, {
          help: 'libvirt knows a network by it: keep it, or define a network of another name',
        }),
      );
    undone.set(change, 'libvirt never changes it');
  }
  const stored = result === null ? null : asStored(result);
  const lost = stored === null ? [] : diffDocuments(stored, result, 'config');
  if (lost.length === 0) return undone;
  const planned = new Map<string, Change[]>();
  for (const change of changes) {
    const place = pathText(stepsOf(change.pair), change.leaf);
    const same = planned.get(place);
    if (same === undefined) planned.set(place, [change]);
    else same.push(change);
  }
  const before = base === null ? null : asStored(base);
  const known = new Set(before === null ? [] : diffDocuments(before, base, 'config').map(keyOf));
  const told = new Set<Pair>();
  for (const change of lost) {
    // libvirt from 9.7 on keeps these; reading back says which it is
    if (SINCE_9_7.has(stepsOf(change.pair)[0]?.name ?? '')) continue;
    const same = planned.get(pathText(stepsOf(change.pair), change.leaf));
    for (const one of same ?? []) undone.set(one, 'libvirt does not keep it');
    if (known.has(keyOf(change)) || isTold(told, change)) continue;
    const path = pathText(stepsOf(change.pair), change.leaf);
    problems.push(
      same === undefined
        ? strange(network, change, 'once it is defined')
        : error('SL828', spanFor(same[0] ?? change), `libvirt does not keep \`${path}\``, {
            help: 'it would take the definition and drop this without a word: leave it out',
          }),
    );
  }
  return undone;
}

const SINCE_9_7: ReadonlySet<string> = new Set(['title', 'description']);

// ---- both ----

function sameUpdate(made: Made): string {
  const { section, command, parentIndex, xml } = made.update;
  return `${section} ${command} ${parentIndex} ${xml}`;
}

/** Which updates of CONFIG are updates of LIVE, too: by index, in the order of both. */
function pairs(config: readonly Made[], live: readonly Made[]): ReadonlyMap<number, number> {
  const places = new Map<string, number[]>();
  live.forEach((made, at) => {
    const same = places.get(sameUpdate(made));
    if (same === undefined) places.set(sameUpdate(made), [at]);
    else same.push(at);
  });
  const found = new Map<number, number>();
  let last = -1;
  config.forEach((made, at) => {
    const place = places.get(sameUpdate(made))?.find((one) => one > last);
    if (place === undefined) return;
    found.set(at, place);
    last = place;
  });
  return found;
}

/** One call for what both documents take; each document sees its own in its own order. */
function merge(config: readonly Made[], live: readonly Made[]): readonly Call[] {
  const both = pairs(config, live);
  const calls: Call[] = [];
  let next = 0;
  config.forEach((made, at) => {
    const place = both.get(at);
    if (place === undefined) {
      calls.push(callOf(made, 'config'));
      return;
    }
    for (; next < place; next++) calls.push(callOf(live[next]!, 'live')); // next is within
    const twin = live[next++]!; // place is within
    calls.push({ ...callOf(twin, 'live+config'), changes: [...twin.changes, ...made.changes] });
  });
  for (; next < live.length; next++) calls.push(callOf(live[next]!, 'live')); // next is within
  return calls;
}

function callOf(made: Made, scope: NetworkUpdate['scope']): Call {
  const { restartsDnsmasq, reloadsFirewall } = made.beside;
  return {
    type: 'update',
    update: { ...made.update, scope },
    changes: made.changes,
    says: made.says,
    restartsDnsmasq,
    reloadsFirewall,
  };
}

// ---- LIVE as a whole ----

function startOrStop(
  network: string,
  facts: DaemonFacts,
  live: Wanted,
  config: Wanted | null,
  problems: Diagnostic[],
): { readonly calls: readonly Call[]; readonly effects: readonly TakesEffect[] } {
  const impossible = (message: string, because: string, help: string) => {
    problems.push(error('SL827', null, message, { help }));
    return { calls: [], effects: live.changes.map(() => ({ type: 'not-possible', because }) as const) };
  };
  if (live.result === null)
    return impossible(
      `sluice does not stop \`${network}\``,
      'Sluice does not stop networks',
      'stopping a network cuts its guests off: do it with `virsh net-destroy`, or remove what is stored only',
    );
  if (facts.active || config === null || config.result === null)
    return impossible(
      `\`${network}\` can only be started as it is stored`,
      'a network starts as it is stored',
      'say the same of what is stored: `--scope live+config`',
    );
  if (diffDocuments(config.result, live.result, 'live').length > 0)
    return impossible(
      `\`${network}\` would start otherwise than planned`,
      'a network starts as it is stored',
      'plan the same for both, LIVE and CONFIG',
    );
  const call: Call = { type: 'start', changes: live.changes, says: `start ${network}`, ...PLAIN };
  return { calls: [call], effects: live.changes.map(() => ({ type: 'at-once', ...PLAIN })) };
}

// ---- how it takes effect ----

const NOT_SERVED = 'libvirt notes it down, but dnsmasq does not serve this address until it starts anew';

function effectsInLive(
  network: string,
  facts: DaemonFacts,
  { base, changes }: Wanted,
  live: Updates,
  config: InConfig | null,
  problems: Diagnostic[],
): readonly TakesEffect[] {
  const mode = base === null ? 'none' : modeOf(base);
  const later = laterRestarts(live.updates);
  const found = new Map<Change, TakesEffect>();
  const around = new Map<Pair, TakesEffect>();
  live.updates.forEach((made, at) => {
    const effect = effectOf(made, mode, later[at] === true);
    for (const change of made.changes) {
      found.set(change, both(found.get(change), effect));
      for (let pair = change.pair.parent; pair !== null; pair = pair.parent)
        around.set(pair, both(around.get(pair), effect));
    }
  });
  const stored = new Map<string, Change>();
  const undoneThere = new Set([...(config?.undone.keys() ?? [])].map(keyOf));
  for (const change of config === null
    ? []
    : [...config.first, ...config.updates].flatMap((one) => one.changes))
    stored.set(keyOf(change), change);
  const told = new Set<Pair>();
  const effects = changes.map((change): TakesEffect => {
    const because = live.undone.get(change);
    if (because === undefined) {
      // a container comes and goes with what is in it
      return found.get(change) ?? around.get(change.pair) ?? { type: 'at-once', ...PLAIN };
    }
    const key = keyOf(change);
    if (stored.has(key) && !undoneThere.has(key)) return { type: 'next-start', because };
    if (!isTold(told, change)) problems.push(impossible(network, facts, change, because));
    return { type: 'not-possible', because };
  });
  const [first] = live.shifted;
  if (first !== undefined) {
    const path = pathText(stepsOf(first.pair));
    problems.push(
      warning('SL830', spanFor(first), `\`${path}\` will not stand where it was planned in LIVE`, {
        help:
          config === null
            ? 'libvirt adds at either end only'
            : 'libvirt adds at either end only; in CONFIG it stands right, and so it does from the next start on',
      }),
    );
  }
  return effects;
}

/** For each update whether a later one starts dnsmasq anew. */
function laterRestarts(updates: readonly Made[]): readonly boolean[] {
  let restarts = false;
  return updates
    .toReversed()
    .map((made) => {
      const later = restarts;
      restarts ||= made.beside.restartsDnsmasq;
      return later;
    })
    .reverse();
}

function effectOf({ section, beside, isHalf }: Made, mode: string, later: boolean): TakesEffect {
  const { restartsDnsmasq, reloadsFirewall, waits } = beside;
  const by = isHalf ? DELETE_AND_ADD : {};
  if (section.name === 'portgroup' || (section.name === 'forward-interface' && !ownsBridge(mode)))
    return { type: 'new-guests-only', ...by };
  if (waits && !later) return { type: 'next-start', because: NOT_SERVED, ...by };
  return { type: 'at-once', restartsDnsmasq: restartsDnsmasq || waits, reloadsFirewall, ...by };
}

const DELETE_AND_ADD: { readonly by: Means } = { by: 'delete-and-add' };

/** Of a change that takes several calls, or of a container: whatever any of them does. */
function both(one: TakesEffect | undefined, other: TakesEffect): TakesEffect {
  if (one === undefined || one.type !== 'at-once') return one?.type === 'next-start' ? one : other;
  if (other.type !== 'at-once') return other;
  const by = one.by ?? other.by;
  return {
    type: 'at-once',
    ...(by === undefined ? {} : { by }),
    restartsDnsmasq: one.restartsDnsmasq || other.restartsDnsmasq,
    reloadsFirewall: one.reloadsFirewall || other.reloadsFirewall,
  };
}

function effectsInConfig(
  facts: DaemonFacts,
  { base, changes, result }: Wanted,
  config: InConfig | null,
  live: Wanted | null,
  liveEffects: readonly TakesEffect[],
): readonly TakesEffect[] {
  const running = new Set<string>();
  live?.changes.forEach((change, at) => {
    const type = liveEffects[at]?.type;
    if (type === 'at-once' || type === 'new-guests-only') running.add(keyOf(change));
  });
  const byDefine = base !== null && config?.first.some(({ type }) => type === 'define') === true;
  const halves = new Set(config?.updates.filter(({ isHalf }) => isHalf).flatMap((made) => made.changes));
  return changes.map((change): TakesEffect => {
    const because = config?.undone.get(change);
    if (because !== undefined) return { type: 'not-possible', because };
    if (result === null && facts.active)
      return { type: 'next-start', because: 'the network runs on until it is stopped, and is gone then' };
    const by: { readonly by?: Means } = byDefine
      ? { by: 'define' }
      : halves.has(change)
        ? DELETE_AND_ADD
        : {};
    if (running.has(keyOf(change)) || result === null) return { type: 'stored', ...by };
    return { type: 'next-start', because: null, ...by };
  });
}

// ---- problems ----

function spanFor(change: Change): Span | null {
  const element = change.pair.result ?? change.pair.base;
  return change.cause.at(-1) ?? (element === null ? null : spanOf(element));
}

/** Whether something that it came or went with has been told; remembers it otherwise. */
function isTold(told: Set<Pair>, { op, pair, leaf }: Change): boolean {
  for (let at: Pair | null = pair; at !== null; at = at.parent) if (told.has(at)) return true;
  if (leaf.type === 'element' && op !== 'modify') told.add(pair);
  return false;
}

function impossible(network: string, facts: DaemonFacts, change: Change, because: string): Diagnostic {
  const path = pathText(stepsOf(change.pair), change.leaf);
  return error('SL827', spanFor(change), `\`${path}\` of \`${network}\` cannot change now: ${because}`, {
    help: facts.persistent
      ? 'change what is stored, too (`--scope live+config`), or only that (`--scope config`): it holds from the next start on'
      : 'nothing is stored of this network: make it anew with `virsh net-create`, or define it first',
  });
}

function undefinable(network: string, finding: Diagnostic): Diagnostic {
  return error('SL826', finding.span, `libvirt will not define \`${network}\`: ${finding.message}`, {
    labels: finding.labels,
    help: finding.help,
  });
}

/** What updates let through and no define accepts: the network could not be stored as a whole any more. */
function newDefineFindings(network: string, { base, result }: Wanted): readonly Diagnostic[] {
  return result === null ? [] : checkNewDefine(base, result).map((finding) => undefinable(network, finding));
}

function strange(network: string, change: Change, when: string): Diagnostic {
  const path = pathText(stepsOf(change.pair), change.leaf);
  // found by looking from what libvirt would have to what is planned
  const word = change.op === 'add' ? 'lose' : change.op === 'remove' ? 'bring back' : 'change';
  return error('SL831', spanFor(change), `libvirt would ${word} \`${path}\` of \`${network}\` ${when}`, {
    help:
      word === 'lose' ? 'plan to remove it, too, or leave something beside it' : 'plan it in smaller steps',
  });
}

function strangeProblems(network: string, updates: Updates, scope: Scope): readonly Diagnostic[] {
  const told = new Set<Pair>();
  return updates.strange.flatMap((change) =>
    isTold(told, change)
      ? []
      : [strange(network, change, `with an update of its ${scope.toUpperCase()} document`)],
  );
}

const EXCLUSIVE: ReadonlySet<string> = new Set(['passthrough', 'hostdev', 'private']);

function poolProblems(
  network: string,
  { busy }: DaemonFacts,
  { base }: Wanted,
  updates: readonly Made[],
): readonly Diagnostic[] {
  if (busy.length === 0 || updates.length === 0 || base === null) return [];
  const mode = modeOf(base);
  const devices = busy.map((device) => `\`${device}\``).join(', ');
  const message = `any update of \`${network}\` makes libvirt forget that guests hold ${devices}`;
  return EXCLUSIVE.has(mode)
    ? [
        error('SL829', null, message, {
          help: 'it would give a device to a second guest: change what is stored only (`--scope config`), or unplug these guests first',
        }),
      ]
    : [
        warning('SL829', null, message, {
          help: 'it will spread new guests over the devices as if these were free',
        }),
      ];
}

/**
 * A network of its own bridge goes out through one interface at most, so another can be added only when the first is gone;
 * between these two calls libvirt's firewall rules name none (libvirt 9.0.0, tried).
 */
function openForward(network: string, { base }: Wanted, updates: readonly Made[]): readonly Diagnostic[] {
  if (base === null || !ownsBridge(modeOf(base))) return [];
  const mine = updates.filter(({ section }) => section.name === 'forward-interface');
  const gone = mine.findIndex(({ update }) => update.command === 'delete');
  const next = gone === -1 ? undefined : mine.slice(gone).find(({ update }) => update.command !== 'delete');
  const change = next?.changes[0];
  if (change === undefined) return [];
  const message = `\`${network}\` forwards through any interface for a moment while its own is replaced`;
  return [
    warning('SL833', spanFor(change), message, {
      help: 'libvirt takes the old one out before it takes the new one, and without one it lets guests out everywhere; `--scope config` leaves the change to the next start',
    }),
  ];
}

function modeOf(document: XmlDocument): string {
  const [forward] = xpathChildren(document.root, 'forward');
  return forward === undefined ? 'none' : (xpathAttr(forward, 'mode')?.value ?? 'nat');
}
