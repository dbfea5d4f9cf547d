// `sluice log`: what was applied to a target and what was denied, newest first, or one entry of it whole.

import { setTimeout as pause } from 'node:timers/promises';
import type { JournalEntry } from '../../apply/files/journal.ts';
import { walkJournal } from '../../apply/files/read-journal.ts';
import { type Diagnostic, error, hasErrors } from '../../diagnostics/diagnostic.ts';
import { nearestName } from '../../std/nearest-name.ts';
import { ok, type Result } from '../../std/result.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { LogFlags } from '../flags.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { count } from '../page.ts';
import { entryName, renderLog } from '../render-log.ts';
import { readSince } from '../since.ts';
import { subjectOf } from '../who.ts';

/** `what` is a network, or names an entry: a revision by its number, any entry by the beginning of its hash. */
export async function log(what: string | null, flags: LogFlags, console: Console): Promise<ExitStatus> {
  const failed = (...diagnostics: readonly Diagnostic[]): ExitStatus =>
    fail(console, 'log', flags.json, EXIT.error, diagnostics);
  const target = openTarget(flags.target, flags.state);
  if (!target.ok) return failed(target.error);
  const folder = target.value.journal;
  const chosen = readFilter(flags);
  if (!chosen.ok) return failed(chosen.error);

  // brings an interrupted apply to its end, as every look does; where that fails the journal can still be read
  const listed = await target.value.list();
  const notes: Diagnostic[] = [];
  if (!listed.ok) {
    if (!UNSETTLED.has(listed.error.code)) return failed(listed.error);
    notes.push({ ...listed.error, severity: 'warning' });
  }

  if (what !== null && looksLikeEntry(what)) {
    const found = await lookFor(folder, what);
    if (!found.ok) return failed(...notes, found.error);
    const { entries, fault } = found.value;
    const [entry, another] = entries;
    if (another !== undefined) return failed(...notes, ambiguous(what, entries));
    if (entry !== undefined) return showWhole(entry, [...notes, ...fault], flags, console);
    if (!(listed.ok && listed.value.includes(what))) return failed(...notes, ...fault, noEntry(what));
  }

  const network = what ?? flags.network ?? null;
  if (what !== null && flags.network !== undefined && what !== flags.network) {
    const help = 'name one, or neither for all';
    return failed(
      error('SL906', null, `two networks are named: \`${what}\` and \`${flags.network}\``, { help }),
    );
  }
  const read = await readMatching(folder, { ...chosen.value, network }, flags.limit);
  if (!read.ok) return failed(...notes, read.error);
  const { entries, older, fault, networks } = read.value;
  if (listed.ok) for (const name of listed.value) networks.add(name);
  if (network !== null && !networks.has(network))
    return failed(...notes, ...fault, unknown(network, networks));

  const diagnostics = [...notes, ...fault];
  return conclude(console, 'log', flags.json, {
    status: hasErrors(diagnostics) ? EXIT.error : EXIT.done,
    diagnostics,
    text: () => {
      if (entries.length === 0) return `${nothing(network, flags)}\n`;
      const more = older === 0 ? '' : `\n${count(older)} older, which \`--limit 0\` shows\n`;
      return renderLog(entries, console.out, { whole: flags.full }) + more;
    },
    json: () => ({ entries, older }),
  });
}

/**
 * An apply that nobody can settle just now hides nothing that is in the journal already, and neither does a daemon that
 * does not answer: its journal is kept here.
 */
const UNSETTLED: ReadonlySet<string> = new Set([
  ...['SL814', 'SL818'],
  ...['SL872', 'SL873', 'SL877', 'SL879', 'SL881', 'SL882'],
]);

function showWhole(
  entry: JournalEntry,
  diagnostics: readonly Diagnostic[],
  flags: LogFlags,
  console: Console,
): ExitStatus {
  return conclude(console, 'log', flags.json, {
    status: hasErrors(diagnostics) ? EXIT.error : EXIT.done,
    diagnostics,
    text: () => renderLog([entry], console.out, { whole: true }),
    json: () => ({ entry }),
  });
}

// Which entries.

type Filter = {
  readonly network: string | null;
  readonly denied: boolean;
  readonly reported: boolean;
  /** `user:alice`: whom policy decided about, or who really asked. */
  readonly subject: string | null;
  /** Milliseconds since 1970. */
  readonly since: number | null;
};

function readFilter({
  denied,
  reported,
  user,
  since,
}: LogFlags): Result<Omit<Filter, 'network'>, Diagnostic> {
  const subject = user === undefined ? ok(null) : subjectOf(user);
  if (!subject.ok) return subject;
  const from = since === undefined ? null : readSince(since, Date.now());
  if (since !== undefined && from === null) {
    return {
      ok: false,
      error: error('SL960', null, `\`${since}\` is no time`, {
        help: 'write `2026-03-01`, `2026-03-01T09:30`, `90min`, `12h`, `3d`, `2w`, `today` or `yesterday`; times are UTC',
      }),
    };
  }
  return ok({ denied, reported, subject: subject.value, since: from });
}

function passes(entry: JournalEntry, { network, denied, reported, subject, since }: Filter): boolean {
  if (entry.type === 'other')
    return network === null && !denied && !reported && subject === null && since === null;
  if (denied && entry.type !== 'denied') return false;
  if (reported && !isReported(entry)) return false;
  if (subject !== null && entry.subject !== subject && entry.realSubject !== subject) return false;
  if (since !== null && !(Date.parse(entry.time) >= since)) return false;
  return network === null || entry.networks.some((one) => one.network === network);
}

/** True when a rule on trial would have denied something of it. */
function isReported(entry: Exclude<JournalEntry, { readonly type: 'other' }>): boolean {
  return entry.type === 'apply'
    ? entry.networks.some(({ changes }) => changes.some(({ reports }) => (reports?.length ?? 0) > 0))
    : entry.networks.some(({ reports }) => (reports?.length ?? 0) > 0);
}

type Matching = {
  /** Newest first, `limit` at most; 0 for all. */
  readonly entries: readonly JournalEntry[];
  /** How many more match. */
  readonly older: number;
  readonly fault: readonly Diagnostic[];
  /** Every network that the journal speaks of. */
  readonly networks: Set<string>;
};

async function readMatching(
  folder: string,
  filter: Filter,
  limit: number,
): Promise<Result<Matching, Diagnostic>> {
  let kept: JournalEntry[] = [];
  let matching = 0;
  const networks = new Set<string>();
  const walked = await walk(
    folder,
    () => {
      kept = [];
      matching = 0;
    },
    (entry) => {
      if (entry.type !== 'other') for (const { network } of entry.networks) networks.add(network);
      if (!passes(entry, filter)) return;
      matching++;
      kept.push(entry);
      if (limit > 0 && kept.length >= 2 * limit) kept = kept.slice(-limit);
    },
  );
  if (!walked.ok) return walked;
  const entries = (limit > 0 ? kept.slice(-limit) : kept).reverse();
  return ok({ entries, older: matching - entries.length, fault: walked.value, networks });
}

function looksLikeEntry(what: string): boolean {
  return /^\d+$/.test(what) || /^[0-9a-f]{6,64}$/.test(what);
}

/** The revision of that number, else the entries whose hashes begin so; of several, the first few. */
async function lookFor(
  folder: string,
  what: string,
): Promise<
  Result<{ readonly entries: readonly JournalEntry[]; readonly fault: readonly Diagnostic[] }, Diagnostic>
> {
  let revision: JournalEntry | null = null;
  let hashes: JournalEntry[] = [];
  const walked = await walk(
    folder,
    () => {
      revision = null;
      hashes = [];
    },
    (entry) => {
      if (entry.type === 'apply' && `${entry.revision}` === what) revision = entry;
      else if (what.length >= 6 && hashes.length < 5 && entry.hash.startsWith(what)) hashes.push(entry);
    },
  );
  if (!walked.ok) return walked;
  return ok({ entries: revision === null ? hashes : [revision], fault: walked.value });
}

/** Walks again, from `begin`, when the last line is just being written. */
async function walk(
  folder: string,
  begin: () => void,
  visit: (entry: JournalEntry) => void,
): Promise<Result<readonly Diagnostic[], Diagnostic>> {
  for (let round = 1; ; round++) {
    begin();
    const walked = walkJournal(folder, visit);
    if (!walked.ok) return walked;
    if (walked.value === null) return ok([]);
    if (walked.value.code !== 'SL820' || round === 3) return ok([walked.value]);
    await pause(50);
  }
}

// What there is to say where there is nothing to show.

function nothing(network: string | null, flags: LogFlags): string {
  const filtered = flags.denied || flags.reported || flags.user !== undefined || flags.since !== undefined;
  const where = network === null ? '' : ` about ${network}`;
  return filtered ? `Nothing of that kind in the journal${where}.` : `Nothing in the journal${where} yet.`;
}

function noEntry(what: string): Diagnostic {
  return error('SL961', null, `the journal has no entry \`${what}\``, {
    help: '`sluice log` lists them: a revision has a number, a denial the beginning of its hash',
  });
}

function ambiguous(what: string, entries: readonly JournalEntry[]): Diagnostic {
  const names = entries.map((entry) => `\`${entryName(entry)}\``).join(', ');
  return error('SL962', null, `several entries begin with \`${what}\``, { help: `there are ${names}` });
}

function unknown(network: string, networks: ReadonlySet<string>): Diagnostic {
  const near = nearestName(network, networks);
  const names = [...networks].sort().slice(0, 8);
  return error('SL963', null, `there is no network \`${network}\`, and the journal knows of none`, {
    help:
      near !== null
        ? `did you mean \`${near}\`?`
        : names.length === 0
          ? null
          : `there are ${names.map((name) => `\`${name}\``).join(', ')}`,
  });
}
