// What somebody has staged and not committed: texts, run one after another on documents in memory. Immutable and pure.
//
// A statement runs on the document that the one before it left, so that an answer costs what the statement costs and not
// what the session costs. Nothing here is written anywhere: `commit` plans the session's script (session-script.ts) from
// the beginning, as `sluice apply` would.

import { type CauseLog, emptyCauseLog } from '../compile/cause-log.ts';
import { bind, type Environment, emptyEnvironment, evaluate } from '../compile/environment.ts';
import {
  bindParam,
  type Load,
  type LoadedScript,
  networksOf,
  type Prepared,
  prepareScript,
} from '../compile/prepare.ts';
import { type Expected, noSuchScope, runPart, wordScopes } from '../compile/run.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import { DNSMASQ_NS } from '../network/spec.ts';
import { type Draft, freezeDraft, openDraft } from '../patch/draft.ts';
import { scopeMissing, scopesOfNetwork } from '../plan/network-scopes.ts';
import type { Policy } from '../policy/policy.ts';
import type { Source, Span } from '../source/source.ts';
import type { Item, ScopeWord } from '../syntax/ast.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';

/** What a session works under. Nothing in it is changed by a statement. */
export type Setting = {
  /** The target's canonical name: `dir:/abs/networks`. */
  readonly target: string;
  readonly targetScopes: readonly Scope[];
  /** Names of all networks of the target. */
  readonly available: readonly string[];
  readonly load: Load;
  /** Values of parameters. */
  readonly vars: ReadonlyMap<string, string>;
  readonly policy: Policy;
  /** `user:NAME`: whom the verdicts are about, and who really asks. */
  readonly subject: string;
  readonly realSubject: string;
  /** Milliseconds since 1970: the hour of the verdicts. */
  readonly clock: number;
  /** What was chosen for the whole session; null for all that a network has, or what a script says. */
  readonly scope: ScopeWord | null;
};

/** A document of the target as the session found it. */
export type Base = {
  readonly network: string;
  readonly scope: Scope;
  readonly source: Source;
  readonly hash: string;
  readonly document: XmlDocument;
};

/** What is staged, undone and dropped as one: a statement, a block, a pasted script, a file. */
export type Unit = {
  readonly source: Source;
  /** The network that statements outside of `on` were about; null when none was chosen. */
  readonly network: string | null;
};

export type Session = {
  readonly setting: Setting;
  readonly bases: readonly Base[];
  readonly staged: readonly Staged[];
  /** What `redo` brings back, the next one last. */
  readonly undone: readonly Unit[];
};

export type Staged = {
  readonly unit: Unit;
  readonly prepared: Prepared;
  /** What later units can name: its `let` and `param`; null when there are none. */
  readonly declarations: LoadedScript | null;
  readonly causes: ReadonlyMap<Base, CauseLog>;
  /** Null where it was thrown away to save memory; running forward from an earlier one makes it again. */
  readonly after: Snapshot | null;
};

/** Where a session stands after a unit. */
type Snapshot = {
  readonly tracks: ReadonlyMap<Base, Track>;
  readonly environment: Environment;
  readonly namespaces: ReadonlyMap<string, string>;
};

type Track = { readonly document: XmlDocument; readonly expects: readonly Expected[] };

/** A document as it is staged. */
export type Standing = {
  readonly base: Base;
  readonly current: XmlDocument;
  readonly expects: readonly Expected[];
};

/** So many documents are kept ready for `undo`; of older ones every 32nd. A document is a megabyte at 65,000 hosts. */
const KEPT = 16;
const MILESTONE = 32;

const START: Snapshot = {
  tracks: new Map(),
  environment: emptyEnvironment(),
  namespaces: new Map([['dnsmasq', DNSMASQ_NS]]),
};

export function openSession(setting: Setting): Session {
  return { setting, bases: [], staged: [], undone: [] };
}

/** The session with documents that it had not needed before. Null when one is no XML. */
export function withDocuments(
  session: Session,
  documents: readonly Omit<Base, 'document'>[],
): Checked<Session | null> {
  const { value, diagnostics } = readBases(documents);
  if (value === null) return { value: null, diagnostics };
  return { value: { ...session, bases: [...session.bases, ...value] }, diagnostics };
}

function readBases(documents: readonly Omit<Base, 'document'>[]): Checked<readonly Base[] | null> {
  const diagnostics: Diagnostic[] = [];
  const bases: Base[] = [];
  for (const one of documents) {
    const parsed = parseDocument(one.source);
    diagnostics.push(...parsed.diagnostics);
    if (parsed.value !== null) bases.push({ ...one, document: parsed.value });
  }
  return { value: hasErrors(diagnostics) ? null : bases, diagnostics };
}

/** The networks that a unit is about and the session has not read; they go to `withDocuments` before `stage`. */
export function networksToRead(session: Session, unit: Unit): Checked<readonly string[]> {
  const prepared = prepare(session, unit);
  if (prepared.value === null) return { value: [], diagnostics: [] }; // `stage` tells what is wrong
  const { value } = networksFor(session, session.staged, unit, prepared.value);
  return {
    value: value.filter((network) => !session.bases.some((base) => base.network === network)),
    diagnostics: [],
  };
}

/** Runs a unit behind what is staged. Null, with everything that is wrong, when it cannot run; then nothing is staged. */
export function stage(session: Session, unit: Unit): Checked<Session | null> {
  const prepared = prepare(session, unit);
  if (prepared.value === null) return { value: null, diagnostics: prepared.diagnostics };
  const scope = scopeOf(session.setting, session.staged);
  const further = { ...session, undone: [] };
  if (scope === null && prepared.value.scope !== null && session.staged.length > 0) {
    // a script's scope holds for all of it: what was staged before runs again, narrower
    return rebuilt(further, 0, [...session.staged.map((one) => one.unit), unit]);
  }
  const ran = runUnit(session, session.staged, unit, prepared.value);
  if (ran.value === null) return { value: null, diagnostics: ran.diagnostics };
  const staged = thinned([...session.staged, ran.value]);
  return { value: { ...further, staged }, diagnostics: [...prepared.diagnostics, ...ran.diagnostics] };
}

/** Takes the last `count` units back. */
export function undo(session: Session, count: number): Session {
  const keep = Math.max(0, session.staged.length - count);
  const taken = session.staged.slice(keep).map(({ unit }) => unit);
  return {
    ...session,
    staged: session.staged.slice(0, keep),
    undone: [...session.undone, ...taken.reverse()],
  };
}

/** Brings back what was undone last. Null with nothing wrong when there is nothing to bring back. */
export function redo(session: Session): Checked<Session | null> {
  const unit = session.undone.at(-1);
  if (unit === undefined) return { value: null, diagnostics: [] };
  const { value, diagnostics } = stage(session, unit);
  if (value === null) return { value: null, diagnostics };
  return { value: { ...value, undone: session.undone.slice(0, -1) }, diagnostics };
}

/** Takes one unit out, whichever it is (from 0), and runs those behind it again. Null when one of them needs it. */
export function drop(session: Session, index: number): Checked<Session | null> {
  const units = session.staged.map(({ unit }) => unit).filter((_, at) => at !== index);
  return rebuilt(session, index, units);
}

/** The same units under another setting. Null when one of them cannot run there. */
export function withSetting(session: Session, setting: Setting): Checked<Session | null> {
  const { setting: was } = session;
  const changed = { ...session, setting };
  const sameRun =
    was.scope === setting.scope && was.vars === setting.vars && was.available === setting.available;
  if (sameRun) return { value: changed, diagnostics: [] };
  return rebuilt(
    changed,
    0,
    session.staged.map(({ unit }) => unit),
  );
}

/** The same units on other documents. Null when one of them cannot run on them. */
export function onDocuments(
  session: Session,
  documents: readonly Omit<Base, 'document'>[],
): Checked<Session | null> {
  const read = readBases(documents);
  if (read.value === null) return { value: null, diagnostics: read.diagnostics };
  return rebuilt(
    { ...session, bases: read.value, staged: [] },
    0,
    session.staged.map(({ unit }) => unit),
  );
}

/** Nothing staged, nothing to redo, and the documents to be read again when they are needed. */
export function emptied(session: Session): Session {
  return openSession(session.setting);
}

/** The document as it is staged. */
export function currentOf(session: Session, base: Base): XmlDocument {
  return trackOf(lastSnapshot(session), base).document;
}

/** The staged document with its key indexes, to look things up in: never to be edited. Fast when something was staged just before. */
export function draftOf(session: Session, base: Base): Draft {
  return peek(currentOf(session, base));
}

/** The names that stand for something behind all that is staged. */
export function environmentOf(session: Session): Environment {
  return lastSnapshot(session).environment;
}

export function namespacesOf(session: Session): ReadonlyMap<string, string> {
  return lastSnapshot(session).namespaces;
}

/** The scope of the whole session: chosen, or said by a script. */
export function scopeOf(setting: Setting, staged: readonly Staged[]): ScopeWord | null {
  if (setting.scope !== null) return setting.scope;
  for (const { prepared } of staged) if (prepared.scope !== null) return prepared.scope.word;
  return null;
}

/** The documents that what is staged has changed, or expects something of. */
export function standingOf(session: Session): readonly Standing[] {
  const snapshot = lastSnapshot(session);
  return inOrder(session, session.bases).flatMap((base) => {
    const { document, expects } = trackOf(snapshot, base);
    const untouched = document.root === base.document.root && expects.length === 0;
    return untouched ? [] : [{ base, current: document, expects }];
  });
}

/** In the order in which a plan has them. */
export function inOrder({ setting: { targetScopes } }: Session, bases: readonly Base[]): readonly Base[] {
  return [...bases].sort((a, b) =>
    a.network === b.network
      ? targetScopes.indexOf(a.scope) - targetScopes.indexOf(b.scope)
      : a.network < b.network
        ? -1
        : 1,
  );
}

/** Which unit caused what in a document: the latest cause of each place stands. */
export function causesOf({ staged }: Session, base: Base): CauseLog {
  const all = emptyCauseLog();
  for (const { causes } of staged) {
    const log = causes.get(base);
    if (log === undefined) continue;
    for (const [place, cause] of log.exact) all.exact.set(place, cause);
    for (const [place, cause] of log.below) all.below.set(place, cause);
  }
  return all;
}

// Running.

function prepare(session: Session, unit: Unit): Checked<Prepared | null> {
  const prepared = prepareScript([unit.source], { load: session.setting.load, vars: new Map() });
  if (prepared.value === null) return prepared;
  const problems: Diagnostic[] = [];
  const { namespaces } = lastSnapshot(session);
  for (const [prefix, uri] of prepared.value.namespaces) {
    const known = namespaces.get(prefix);
    if (known !== undefined && known !== uri)
      problems.push(
        error('SL454', null, `\`${prefix}\` stands for \`${known}\` already`, {
          help: 'choose another prefix',
        }),
      );
  }
  const scope = scopeOf(session.setting, session.staged);
  const said = prepared.value.scope;
  if (scope !== null && said !== null && said.word !== scope)
    problems.push(
      error('SL455', said.span, `the scope of this session is \`${scope}\` already`, {
        help: 'a session has one scope: commit or discard first, or change it with `set context scope=…`',
      }),
    );
  return problems.length === 0
    ? prepared
    : { value: null, diagnostics: [...prepared.diagnostics, ...problems] };
}

function networksFor(
  { setting }: Session,
  before: readonly Staged[],
  unit: Unit,
  prepared: Prepared,
): Checked<readonly string[]> {
  const declared = before.flatMap(({ declarations }) => declarations ?? []);
  return networksOf(
    { ...prepared, vars: setting.vars, scripts: [...declared, ...prepared.scripts] },
    setting.available,
    unit.network,
  );
}

/** One unit on the documents behind `before`. */
function runUnit(
  session: Session,
  before: readonly Staged[],
  unit: Unit,
  alone: Prepared,
): Checked<Staged | null> {
  const { setting, bases } = session;
  const at = snapshotAfter(session, before);
  const namespaces = new Map([...at.namespaces, ...alone.namespaces]);
  const scope = scopeOf(setting, before) ?? alone.scope?.word ?? null;
  // a script's own scope tells where it was said; the session's stands in for it
  const prepared: Prepared = {
    ...alone,
    vars: setting.vars,
    namespaces,
    scope: scope === null ? null : (alone.scope ?? { word: scope, span: startOf(unit) }),
  };
  const chosen = networksFor(session, before, unit, prepared);
  const problems: Diagnostic[] = [...chosen.diagnostics];
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  const environment: Environment = { outer: null, names: new Map(at.environment.names) };
  for (const loaded of prepared.scripts) declare(prepared, loaded, environment, problems);
  if (hasErrors(problems)) return { value: null, diagnostics: problems };

  const isDefault = unit.network ?? (setting.available.length === 1 ? setting.available[0] : undefined);
  const tracks = new Map(at.tracks);
  const causes = new Map<Base, CauseLog>();
  for (const network of chosen.value) {
    const has = scopesOfNetwork(network, { documents: bases, targetScopes: setting.targetScopes });
    const wanted = scope === null ? has : wordScopes(scope);
    for (const one of wanted) {
      const base = bases.find((base) => base.network === network && base.scope === one);
      if (base === undefined) {
        const known = setting.targetScopes.includes(one);
        problems.push(
          known ? scopeMissing(network, one, null) : noSuchScope(one, setting.targetScopes, null),
        );
        continue;
      }
      const track = trackOf(at, base);
      const draft = takeDraft(track.document);
      const part = runPart({
        prepared,
        network,
        available: setting.available,
        isDefault: network === isDefault,
        scope: one,
        targetScopes: has,
        recordPatches: false,
        draft,
        base: baseDraftOf(base),
        environment: at.environment,
      });
      const document = giveBack(track.document, draft, hasErrors(part.diagnostics));
      tell(problems, part.diagnostics);
      tracks.set(base, { document, expects: [...track.expects, ...part.expects] });
      causes.set(base, part.causes);
    }
  }
  if (hasErrors(problems)) return { value: null, diagnostics: problems };
  return {
    value: {
      unit,
      prepared: alone,
      declarations: declarationsOf(prepared.scripts),
      causes,
      after: { tracks, environment, namespaces },
    },
    diagnostics: problems,
  };
}

function startOf({ source }: Unit): Span {
  return { source, start: 0, end: 0 };
}

/** Two scopes of one network tell the same things once. */
function tell(problems: Diagnostic[], news: readonly Diagnostic[]): void {
  for (const one of news) if (!problems.some((told) => saysTheSame(told, one))) problems.push(one);
}

function saysTheSame(a: Diagnostic, b: Diagnostic): boolean {
  return (
    a.code === b.code &&
    a.message === b.message &&
    a.span?.source === b.span?.source &&
    a.span?.start === b.span?.start
  );
}

function declare(
  prepared: Prepared,
  loaded: LoadedScript,
  environment: Environment,
  problems: Diagnostic[],
): void {
  for (const item of loaded.script.items) {
    switch (item.type) {
      case 'param':
        bindParam(prepared, environment, item, problems);
        break;
      case 'let': {
        const value = evaluate(item.value, environment, problems);
        const taken = bind(environment, item.name, { type: 'text', value: value ?? '' });
        if (taken !== null) problems.push(taken);
        break;
      }
      case 'include': {
        const inner = loaded.includes.get(item);
        if (inner !== undefined) declare(prepared, inner, environment, problems);
        break;
      }
      default:
        break;
    }
  }
}

/** Of scripts only what binds names. */
function declarationsOf(scripts: readonly LoadedScript[]): LoadedScript | null {
  const items: Item[] = [];
  const collect = (loaded: LoadedScript): void => {
    for (const item of loaded.script.items) {
      const inner = loaded.includes.get(item);
      if (item.type === 'let' || item.type === 'param') items.push(item);
      else if (inner !== undefined) collect(inner);
    }
  };
  for (const loaded of scripts) collect(loaded);
  const [first] = scripts;
  if (items.length === 0 || first === undefined) return null;
  return { script: { source: first.script.source, items }, includes: new Map(), operations: [] };
}

/** Runs `units` instead of what is staged from `index` on. */
function rebuilt(session: Session, index: number, units: readonly Unit[]): Checked<Session | null> {
  const diagnostics: Diagnostic[] = [];
  let staged: readonly Staged[] = session.staged.slice(0, index);
  for (const unit of units.slice(index)) {
    const part = { ...session, staged };
    const prepared = prepare(part, unit);
    diagnostics.push(...prepared.diagnostics);
    if (prepared.value === null) return { value: null, diagnostics };
    const ran = runUnit(part, staged, unit, prepared.value);
    diagnostics.push(...ran.diagnostics);
    if (ran.value === null) return { value: null, diagnostics };
    staged = thinned([...staged, ran.value]);
  }
  return { value: { ...session, staged }, diagnostics };
}

// Snapshots.

function thinned(staged: readonly Staged[]): readonly Staged[] {
  const at = staged.length - 1 - KEPT;
  const old = staged[at];
  if (old === undefined || at % MILESTONE === 0) return staged;
  return staged.with(at, { ...old, after: null });
}

function lastSnapshot(session: Session): Snapshot {
  return snapshotAfter(session, session.staged);
}

/** Where the session stands behind `staged`; made again by running forward where it was thrown away. */
function snapshotAfter(session: Session, staged: readonly Staged[]): Snapshot {
  const last = staged.at(-1);
  if (last === undefined) return START;
  if (last.after !== null) return last.after;
  const known = remade.get(last);
  if (known !== undefined) return known;
  const from = staged.findLastIndex(({ after }) => after !== null) + 1;
  let done: readonly Staged[] = staged.slice(0, from);
  for (const { unit, prepared } of staged.slice(from)) {
    const { value } = runUnit(session, done, unit, prepared);
    if (value === null) throw new Error('what ran once does not run again');
    done = [...done, value];
  }
  const after = done.at(-1)?.after ?? START;
  remade.set(last, after);
  return after;
}

const remade = new WeakMap<Staged, Snapshot>();

function trackOf({ tracks }: Snapshot, base: Base): Track {
  return tracks.get(base) ?? { document: base.document, expects: [] };
}

// Drafts. Opening one on a network of 65,000 hosts takes a fifth of a second, so the last one is kept with its indexes.

const ready = new WeakMap<XmlDocument, Draft>();
const baseDrafts = new WeakMap<Base, Draft>();

function takeDraft(document: XmlDocument): Draft {
  const draft = ready.get(document) ?? openDraft(document);
  ready.delete(document);
  return draft;
}

/** The document that the draft holds now, which the next unit runs on; a draft that errors left half-edited is thrown away. */
function giveBack(document: XmlDocument, draft: Draft, failed: boolean): XmlDocument {
  const frozen = freezeDraft(draft);
  if (frozen.root === document.root) {
    ready.set(document, draft);
    return document;
  }
  if (!failed) ready.set(frozen, draft);
  return frozen;
}

function peek(document: XmlDocument): Draft {
  let draft = ready.get(document);
  if (draft === undefined) {
    draft = openDraft(document);
    ready.set(document, draft);
  }
  return draft;
}

function baseDraftOf(base: Base): Draft {
  let draft = baseDrafts.get(base);
  if (draft === undefined) {
    draft = openDraft(base.document);
    baseDrafts.set(base, draft);
  }
  return draft;
}
