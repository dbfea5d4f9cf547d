// What an apply to a daemon can end with, in words: what holds in each document, and how to go on or back from there.

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { type Diagnostic, error } from '../../diagnostics/diagnostic.ts';
import { diffAsScript } from '../../diff/as-script.ts';
import { diffDocuments } from '../../diff/diff.ts';
import type { Scope } from '../../network/scope.ts';
import type { DocumentPlan } from '../../plan/plan.ts';
import { unreachable } from '../../std/unreachable.ts';
import type { ApplyOutcome } from '../target.ts';
import type { CarriedOut } from './carry-out.ts';
import { documentOf, type Holding } from './read-back.ts';
import type { Client } from './rpc/client.ts';
import { explainFailure } from './rpc/explain.ts';

export function noSuchState(network: string, scope: Scope): Diagnostic {
  return error('SL980', null, `network \`${network}\` has no \`${scope}\` state now`, {
    help:
      scope === 'live'
        ? 'it does not run: `--scope config` is what is stored'
        : 'it is transient, and gone when it stops: `--scope live` is what runs',
  });
}

export function noLeases(network: string): Diagnostic {
  return error('SL980', null, `network \`${network}\` does not run, so it gives out no addresses`, {
    help: '`sluice networks` lists those that run',
  });
}

export function baseMoved({ network, scope, baseText }: DocumentPlan, found: string | null): Diagnostic {
  const did = baseText === null ? 'came to be' : found === null ? 'went away' : 'changed';
  return error(
    'SL813',
    null,
    `\`${network}\` (${scope}) ${did} since the plan was made; nothing was written`,
    { help: 'plan again, from what is there now' },
  );
}

export function overtaken(network: string): Diagnostic {
  return error('SL813', null, `${overtaking(network)}; nothing was written`, {
    help: 'plan again, from what is there now',
  });
}

function overtaking(network: string): string {
  return `somebody else stored another \`${network}\` at this very moment`;
}

export function cannotWrite(client: Pick<Client, 'place'>): Diagnostic {
  return error('SL874', null, `\`${client.place}\` lets this connection read only; nothing was written`, {
    help: 'take the socket without `-ro`, or an account that may write',
  });
}

/** Why it did not come to its end; null when it did. */
function causeOf({ end }: CarriedOut, client: Pick<Client, 'place'>): string | null {
  switch (end.type) {
    case 'all':
      return null;
    case 'stopped':
      return 'stopped, as you wished';
    case 'failed':
      return explainFailure(end.failure, `trying to ${end.call.says}`, client).message;
    case 'overtaken':
      return overtaking(end.network);
    case 'unreadable':
      return end.diagnostic.message;
    default:
      return unreachable(end);
  }
}

/** Nothing holds that did not hold before. */
export function takenBack(
  carried: CarriedOut,
  client: Pick<Client, 'place'>,
  notes: readonly Diagnostic[],
): ApplyOutcome {
  const cause = causeOf(carried, client) ?? 'what was asked for did not come about';
  const back = carried.done === 0 ? '' : `\n${calls(carried.done)} had been made, and taken back`;
  const message = `${cause}${back}\nread back: every document holds what it held before`;
  const diagnostic = error('SL985', null, message, { help: 'nothing has to be undone' });
  return { type: 'failed', diagnostic, notes };
}

export type Report = {
  readonly carried: CarriedOut;
  readonly total: number;
  /** Null when nothing was taken back. */
  readonly undone: CarriedOut | null;
  readonly holdings: readonly Holding[];
  readonly client: Pick<Client, 'place'>;
  /** The target's name, for commands. */
  readonly target: string;
  /** `--state`, for the same; null where it was not given. */
  readonly stateWord: string | null;
  /** Where the scripts go that finish it, or undo it. */
  readonly folder: string;
  readonly notes: readonly Diagnostic[];
};

/** Something holds that was not planned, or not all that was. */
export function reportOf(report: Report): ApplyOutcome {
  const { carried, total, undone, holdings, client, notes } = report;
  const cause = causeOf(carried, client);
  const made = `${carried.done} of ${calls(total)} made`;
  const back =
    undone === null
      ? []
      : [
          undone.end.type === 'all'
            ? 'what had been done was taken back'
            : `taking it back failed: ${causeOf(undone, client) ?? ''}`,
        ];
  const shown = holdings.filter(({ document, isForeign }) => document !== null || isForeign);
  const lines = [
    cause ?? 'every call was made, and yet the documents are not as planned',
    made,
    ...back,
    ...shown.map((holding) => `${nameOf(holding)} ${stateOf(holding)}`),
    ...hostWords(report),
  ];
  const planned = shown.filter(({ isPlanned }) => isPlanned);
  const rest = shown.filter(({ isPlanned }) => !isPlanned);
  return {
    type: 'partial',
    diagnostic: error(carried.end.type === 'stopped' ? 'SL986' : 'SL984', null, lines.join('\n'), {
      help: waysOn(report),
    }),
    applied: planned.map(nameOf),
    pending: rest.map(nameOf),
    notes,
  };
}

function calls(count: number): string {
  return `${count} call${count === 1 ? '' : 's'}`;
}

function nameOf({ task, scope }: Holding): string {
  return `${task.network} (${scope})`;
}

function stateOf({ task, scope, document, text, isBefore, isPlanned, isForeign }: Holding): string {
  if (isPlanned && document !== null && document.changes.length > 0) return 'holds all of the plan';
  if (isBefore) return 'holds what it held before';
  const planned = document === null ? (task.base?.[scope] ?? null) : document.resultText;
  const missing = diffDocuments(documentOf(text), documentOf(planned), scope).length;
  const from = document?.changes.length ?? 0;
  const what =
    text === null ? 'is not there any more' : `holds a part: ${missing} of ${from} changes are missing`;
  return isForeign ? `${text === null ? what : 'holds something else'}: somebody else changed it, too` : what;
}

/** Documents say what libvirt wants; whether dnsmasq and the firewall know of it is another matter after a failure. */
function hostWords({ carried, undone }: Report): readonly string[] {
  const failures = [carried, undone].flatMap((one) => (one?.end.type === 'failed' ? [one.end.failure] : []));
  if (failures.length === 0) return [];
  return ['dnsmasq and the firewall may not be as the documents say: restarting the network makes them so'];
}

/** Commands that go on to the plan, or back to what was before. */
function waysOn(report: Report): string {
  const written: { readonly finish: string[]; readonly undo: string[] } = { finish: [], undo: [] };
  for (const holding of report.holdings) {
    const { task, scope, document, text } = holding;
    if (document === null || text === null) continue;
    const before = task.base?.[scope] ?? null;
    if (!holding.isPlanned && document.resultText !== null)
      written.finish.push(scriptFile(report.folder, holding, 'finish', document.resultText));
    if (!holding.isBefore && before !== null)
      written.undo.push(scriptFile(report.folder, holding, 'undo', before));
  }
  const state = report.stateWord === null ? '' : ` --state ${shellWord(report.stateWord)}`;
  const command = (files: readonly string[]): string =>
    files
      .filter((file) => file !== '')
      .map((file) => `sluice apply ${shellWord(file)} --target ${shellWord(report.target)}${state}`)
      .join('\n');
  const [finish, undo] = [command(written.finish), command(written.undo)];
  return [
    ...(finish === '' ? [] : [`to finish:\n${finish}`]),
    ...(undo === '' ? [] : [`to undo:\n${undo}`]),
    ...(finish === '' && undo === '' ? ['look at both states: `sluice diff NETWORK --live --config`'] : []),
  ].join('\n');
}

function shellWord(text: string): string {
  return /^[\w./+%@-]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`;
}

/** Empty when it cannot be written: the report stands without it. */
function scriptFile(folder: string, { task, scope, text }: Holding, what: string, wanted: string): string {
  const from = documentOf(text);
  const to = documentOf(wanted);
  if (from === null || to === null) return '';
  const file = path.join(folder, `${what}-${encodeURIComponent(task.network)}-${scope}.sluice`);
  try {
    writeFileSync(file, `scope ${scope}\n\n${diffAsScript(from, to, task.network)}`, { mode: 0o600 });
    return file;
  } catch {
    return '';
  }
}

/** Calls were made, and the daemon does not come back to say what they did. */
export function couldNotReadBack(
  carried: CarriedOut,
  total: number,
  client: Pick<Client, 'place'>,
  reason: Diagnostic,
): Diagnostic {
  const lines = [
    causeOf(carried, client) ?? 'all calls were made',
    `${carried.done} of ${calls(total)} were answered, and what holds now cannot be read: ${reason.message}`,
  ];
  return error('SL987', null, lines.join('\n'), {
    help: 'nothing is known of the rest; once the daemon is back, `sluice diff NETWORK --live --config` shows what holds',
  });
}

export function notOnRecord(): Diagnostic {
  return error('SL989', null, 'all of the plan holds, but the journal does not know of it', {
    help: 'nothing has to be undone; who keeps the journal has to know that it has a gap',
  });
}
