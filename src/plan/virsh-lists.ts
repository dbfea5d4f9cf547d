// The lists of one section, from what libvirt holds to what is wanted: deletes first, then modifies, then adds, each one
// foreseen. What cannot be foreseen to do the right thing is left alone and told.

import type { Change } from '../diff/change.ts';
import type { XmlElement } from '../xml/document.ts';
import { type Entry, type Held, holding, put, type Section, take, unreadable } from './virsh-sections.ts';

/** An element of a list. `base` is its place in the base's list, or null; `wanted` null for one that goes. */
export type Item = {
  readonly path: string;
  readonly base: number | null;
  readonly wanted: XmlElement | null;
  /** Its content changed. */
  readonly changed: boolean;
  readonly moved: boolean;
  /** What the comparison found of it. */
  readonly changes: readonly Change[];
};

export type List = {
  readonly section: Section;
  /** For messages: the path of the list. */
  readonly path: string;
  /** `--parent-index`, for the sections that have one. */
  readonly parentIndex: number | null;
  /** Lists of one address share what they are; of one family only one may hold anything. */
  readonly family: string | null;
  readonly base: readonly XmlElement[];
  /** In the order of the result. */
  readonly wanted: readonly Item[];
  readonly gone: readonly Item[];
  /** Why nothing can be added or changed, whatever it is; null usually. */
  readonly closed: string | null;
  /** How many it may hold. */
  readonly most: number;
  /** How many others may be deleted and added again so that each comes to stand where it belongs. */
  readonly rebuild: number;
  /** Why this one cannot be added here. */
  readonly unfit: (element: XmlElement) => string | null;
};

export type Step = {
  readonly command: 'add-first' | 'add-last' | 'delete' | 'modify';
  readonly list: List;
  readonly item: Item;
  readonly element: XmlElement;
};
export type Remark = {
  readonly act: 'add' | 'remove' | 'change' | 'order';
  readonly path: string;
  readonly reason: string;
  /** Null for the order of a list. */
  readonly item: Item | null;
};
export type Planned = { readonly steps: readonly Step[]; readonly remarks: readonly Remark[] };

/** A cycle of names that go round is broken in one round; this many are more than anything but nonsense needs. */
const MAX_ROUNDS = 8;

/** Plans all lists of the sections that watch each other. */
export function planLists(lists: readonly List[]): Planned {
  /** Deleted and added again: no modify is possible, or none that would hit the right one. */
  const again = new Set<Item>();
  /** Left as they are: taking them out would lose them. */
  const alone = new Set<Item>();
  for (const { section, wanted } of lists)
    for (const item of wanted) if (item.changed && !section.modifies) again.add(item);
  for (let round = 1; ; round++) {
    const attempt = tryPlan(lists, again, alone);
    if (attempt.stuck.size === 0) return attempt;
    for (const item of attempt.stuck) {
      if (round < MAX_ROUNDS && item.changed && !again.has(item)) again.add(item);
      else alone.add(item);
    }
  }
}

type Sim = { readonly list: List; readonly held: Held; readonly entries: Map<Item, Entry> };
type Attempt = Planned & { readonly stuck: ReadonlySet<Item> };

function tryPlan(lists: readonly List[], again: ReadonlySet<Item>, alone: ReadonlySet<Item>): Attempt {
  const steps: Step[] = [];
  const remarks: Remark[] = [];
  const stuck = new Set<Item>();
  const sims: Sim[] = lists.map((list) => {
    const { held, entries } = holding(list.base, list.section);
    const byItem = new Map<Item, Entry>();
    for (const item of [...list.wanted, ...list.gone]) {
      const entry = item.base === null ? undefined : entries[item.base];
      if (entry !== undefined) byItem.set(item, entry);
    }
    return { list, held, entries: byItem };
  });
  const layouts = sims.map(({ list }) => layoutOf(list, again, alone));

  // deletes
  sims.forEach((sim, at) => {
    const leaving = [...sim.list.gone, ...(layouts[at]?.leaving ?? [])];
    const left = untilStuck(leaving, (item) => {
      const entry = sim.entries.get(item);
      const sent = entry === undefined ? null : sim.list.section.deleting(sim.held, entry);
      if (entry === undefined || sent === null || unreadable(sim.list.section.spec, sent) !== null)
        return false;
      take(sim.held, sim.list.section, entry);
      sim.entries.delete(item);
      steps.push({ command: 'delete', list: sim.list, item, element: sent });
      return true;
    });
    for (const item of left) {
      if (item.wanted === null)
        remarks.push({
          act: 'remove',
          path: item.path,
          item,
          reason: 'net-update would delete another one that is like it',
        });
      else stuck.add(item);
    }
  });

  // modifies
  for (const { list, held, entries } of sims) {
    const { section } = list;
    const changing = list.wanted.filter((item) => item.changed && !again.has(item));
    const left = untilStuck(changing, (item) => {
      const entry = entries.get(item);
      if (
        entry === undefined ||
        item.wanted === null ||
        alone.has(item) ||
        reasonAgainst(list, item.wanted) !== null ||
        !section.modifying(held, entry, item.wanted)
      )
        return false;
      take(held, section, entry);
      entries.set(item, put(held, section, item.wanted, entry.rank));
      steps.push({ command: 'modify', list, item, element: item.wanted });
      return true;
    });
    for (const item of left) {
      const reason = item.wanted === null ? null : reasonAgainst(list, item.wanted);
      if (reason === null && !alone.has(item)) stuck.add(item);
      else
        remarks.push({
          act: 'change',
          path: item.path,
          item,
          reason: reason ?? 'net-update would change another one that is like it',
        });
    }
    for (const item of list.wanted)
      if (again.has(item) && alone.has(item))
        remarks.push({
          act: 'change',
          path: item.path,
          item,
          reason: 'net-update cannot change it, and would not take it back once deleted',
        });
  }

  // adds
  sims.forEach((sim, at) => {
    const { list, held, entries } = sim;
    const { before, after } = layouts[at] ?? { before: [], after: [] };
    const adding = [
      ...before.toReversed().map((item) => ({ item, where: 'first' as const })),
      ...after.map((item) => ({ item, where: 'last' as const })),
    ];
    for (const { item, where } of adding) {
      if (item.wanted === null || (item.base !== null && stuck.has(item))) continue;
      const reason =
        reasonAgainst(list, item.wanted) ??
        otherDhcp(sims, sim) ??
        list.section.refuses(held, item.wanted) ??
        (held.size < list.most ? null : 'refuses one more here');
      if (reason === null) {
        entries.set(item, put(held, list.section, item.wanted, where));
        steps.push({
          command: where === 'first' ? 'add-first' : 'add-last',
          list,
          item,
          element: item.wanted,
        });
      } else if (item.base === null)
        remarks.push({ act: 'add', path: item.path, item, reason: `net-update ${reason}` });
      else stuck.add(item);
    }
  });

  for (const { list, entries } of sims) {
    let last = Number.NEGATIVE_INFINITY;
    const isSorted = list.wanted.every((item) => {
      const rank = entries.get(item)?.rank ?? last;
      const sorted = rank >= last;
      last = rank;
      return sorted;
    });
    if (!isSorted)
      remarks.push({
        act: 'order',
        path: list.path,
        item: null,
        reason: 'net-update adds at either end only',
      });
  }
  return { steps, remarks, stuck };
}

function reasonAgainst(list: List, element: XmlElement): string | null {
  return list.closed ?? unreadable(list.section.spec, element) ?? list.unfit(element);
}

/** libvirt serves dhcp on one address of a family (virNetworkDefUpdateCheckMultiDHCP). */
function otherDhcp(sims: readonly Sim[], sim: Sim): string | null {
  const { family, parentIndex } = sim.list;
  if (family === null) return null;
  const other = sims.some(
    ({ list, held }) => list.family === family && list.parentIndex !== parentIndex && held.size > 0,
  );
  return other ? 'refuses dhcp on a second address of a family' : null;
}

/** Tries each until no more of them succeed; returns those that did not. */
function untilStuck(items: readonly Item[], attempt: (item: Item) => boolean): readonly Item[] {
  let left = items;
  for (;;) {
    const still = left.filter((item) => !attempt(item));
    if (still.length === 0 || still.length === left.length) return still;
    left = still;
  }
}

type Layout = {
  /** Taken out to come back elsewhere. */
  readonly leaving: readonly Item[];
  /** To be added before and behind all that stay, in their order. */
  readonly before: readonly Item[];
  readonly after: readonly Item[];
};

function layoutOf({ wanted, rebuild }: List, again: ReadonlySet<Item>, alone: ReadonlySet<Item>): Layout {
  const stays = (item: Item) => item.base !== null && (alone.has(item) || !(item.moved || again.has(item)));
  const [first, last] = keptRun(wanted, stays, alone, rebuild) ?? [
    wanted.findIndex(stays),
    wanted.findLastIndex(stays),
  ];
  const before: Item[] = [];
  const after: Item[] = [];
  wanted.forEach((item, at) => {
    if (at < first) before.push(item);
    else if (at > last) after.push(item);
    // moved to between two that stay: no command does that, and it may as well stay where it is
    else if (!stays(item) && (item.base === null || again.has(item))) after.push(item);
  });
  return { leaving: [...before, ...after].filter((item) => item.base !== null), before, after };
}

/**
 * The longest run of neighbours that stay: when it is kept, and all before and behind it is added at its ends, each
 * stands where it belongs. Null when more others than `rebuild` would have to go and come back, or one that cannot.
 */
function keptRun(
  wanted: readonly Item[],
  stays: (item: Item) => boolean,
  alone: ReadonlySet<Item>,
  rebuild: number,
): readonly [number, number] | null {
  let best: readonly [number, number] = [0, -1];
  let from = 0;
  let staying = 0;
  wanted.forEach((item, at) => {
    if (!stays(item)) from = at + 1;
    else {
      staying++;
      if (at - from > best[1] - best[0]) best = [from, at];
    }
  });
  const [first, last] = best;
  if (staying === 0 || staying - (last - first + 1) > rebuild) return null;
  return wanted.some((item, at) => alone.has(item) && (at < first || at > last)) ? null : best;
}
