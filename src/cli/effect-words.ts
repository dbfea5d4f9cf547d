// How changes take effect where they are applied, in words: at once, with what that costs, or when the network starts again.

import { type Change, type Pair, stepsOf } from '../diff/change.ts';
import { pathText } from '../network/path.ts';
import type { DocumentPlan, Means, TakesEffect } from '../plan/plan.ts';
import { unreachable } from '../std/unreachable.ts';
import { arrow, dots, line, type Page } from './page.ts';
import type { Block } from './plan-blocks.ts';

/** How each change takes effect, in words. */
export type Effects = ReadonlyMap<Change, string>;

type Shown = Pick<DocumentPlan, 'changes' | 'effects'>;

/** `twin` says the same of the other document, its changes in the same order, and is shown along with the first. */
export function effectsOf({ changes, effects }: Shown, twin: Shown | null): Effects {
  return new Map(
    changes.map((change, at) => {
      const [effect, other] = [effects[at], twin?.effects[at]];
      const text = effect === undefined ? '' : effectText(effect);
      // that CONFIG gets it with the same call, or one like it, is what `live + config` says
      const apart = other?.type === 'stored' && other.by === 'define' ? meansText(other.by) : '';
      return [change, joined(text, apart === '' ? '' : `CONFIG is ${apart}`)] as const;
    }),
  );
}

/** Empty for what is stored, and needs no word. */
function effectText(effect: TakesEffect): string {
  switch (effect.type) {
    case 'stored':
      return meansText(effect.by);
    case 'at-once': {
      const costs = [
        ...(effect.restartsDnsmasq ? ['dnsmasq restarts'] : []),
        ...(effect.reloadsFirewall ? ['the firewall rules of the network are reloaded'] : []),
      ];
      return joined('at once', gapText(effect.by), costs.join(', and '));
    }
    case 'new-guests-only':
      return joined('at once for new guests', 'those that run keep what they have', gapText(effect.by));
    case 'next-start': {
      const why = effect.because === null ? '' : `: ${effect.because}`;
      return joined(`when the network starts the next time${why}`, meansText(effect.by));
    }
    case 'not-possible':
      return `not possible: ${effect.because}`;
    default:
      return unreachable(effect);
  }
}

function joined(...texts: readonly string[]): string {
  return texts.filter((text) => text !== '').join('; ');
}

function meansText(by: Means | undefined): string {
  switch (by) {
    case undefined:
      return '';
    case 'delete-and-add':
      return 'deleted and added again';
    case 'define':
      return 'stored by a define of the whole network';
    default:
      return unreachable(by);
  }
}

/** Of LIVE, where somebody may look just then. */
function gapText(by: Means | undefined): string {
  const text = meansText(by);
  return by === 'delete-and-add' ? `${text}, so it is missing for a moment` : text;
}

/** Elements that are named before they are only counted. */
const MOST_NAMED = 3;

/** A line for each way in which the blocks take effect; with several, which elements each is about. */
export function renderEffects(page: Page, blocks: readonly Block[], effects: Effects): void {
  const ways = new Map<string, Set<Pair>>();
  for (const { parts } of blocks) {
    for (const { change } of parts) {
      const text = effects.get(change) ?? '';
      const pairs = ways.get(text);
      if (pairs === undefined) ways.set(text, new Set([change.pair]));
      else pairs.add(change.pair);
    }
  }
  for (const [text, pairs] of ways) {
    if (text === '') continue;
    const about = ways.size === 1 ? '' : `${named(page, [...pairs])}: `;
    line(page, ['cyan', `    ${arrow(page)} `], [null, `${about}${text}`]);
  }
}

function named(page: Page, pairs: readonly Pair[]): string {
  const shown = pairs.slice(0, MOST_NAMED).map((pair) => pathText(stepsOf(pair)));
  return pairs.length > shown.length ? `${shown.join(', ')}, ${dots(page)}` : shown.join(', ');
}
