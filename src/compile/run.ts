// A prepared script run on one network's document: blocks, rows and conditions here, statements in statement.ts.

import { type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import type { Scope } from '../network/scope.ts';
import { type Draft, freezeDraft, openDraft } from '../patch/draft.ts';
import type { Patch } from '../patch/patch.ts';
import type { Source, Span } from '../source/source.ts';
import type { Condition, Item, ScopeWord, Statement, Value } from '../syntax/ast.ts';
import type { XmlDocument } from '../xml/document.ts';
import { type CauseLog, emptyCauseLog } from './cause-log.ts';
import { holds } from './conditions.ts';
import { type Row, readCsv, readJson } from './data.ts';
import type { Editor } from './editor.ts';
import { bind, type Environment, emptyEnvironment, evaluate, inside } from './environment.ts';
import { bindParam, type LoadedScript, networksFor, type Prepared } from './prepare.ts';
import { runOperation } from './raw-operation.ts';
import type { Scene } from './resolve.ts';
import type { Stage } from './stage.ts';
import { runStatement } from './statement.ts';

export type RunInput = {
  readonly prepared: Prepared;
  readonly network: string;
  readonly available: readonly string[];
  /** Whether statements outside of `on` are about this network. */
  readonly isDefault: boolean;
  readonly scope: Scope;
  /** What the target has, so that `in live` is not silently nothing on files. */
  readonly targetScopes: readonly Scope[];
  readonly document: XmlDocument;
  /** Whether the output shall hold the patches. */
  readonly recordPatches: boolean;
};

export type RunOutput = {
  /** The document as the script leaves it; not to be used when there are errors. */
  readonly result: XmlDocument;
  /** Empty unless asked for. */
  readonly patches: readonly Patch[];
  readonly causes: CauseLog;
  /** Reasons of statements (`because`), in order. */
  readonly reasons: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
};

/** Runs every item that is about this network and scope. All problems are told; nothing is thrown for what a user wrote. */
export function runScript(input: RunInput): RunOutput {
  const draft = openDraft(input.document);
  const part = runPart({ ...input, draft, base: openDraft(input.document), environment: emptyEnvironment() });
  const problems = [...part.diagnostics];
  if (!hasErrors(problems)) problems.push(...judgeExpects(input, draft, part.expects));
  return {
    result: freezeDraft(draft),
    patches: part.patches,
    causes: part.causes,
    reasons: part.reasons,
    diagnostics: problems,
  };
}

/** A script that goes on where another ended, on the draft that it left. */
export type PartInput = Omit<RunInput, 'document'> & {
  /** Edited in place; after errors it is not to be used for anything but more problems. */
  readonly draft: Draft;
  /** The document before all parts, for `assert`. Never edited. */
  readonly base: Draft;
  /** What the parts before have bound. Names of this part are bound in a copy. */
  readonly environment: Environment;
};

/** What the result shall be when all is done. */
export type Expected = {
  readonly condition: Condition;
  readonly message: Value | null;
  readonly environment: Environment;
  readonly span: Span;
};

export type PartOutput = Omit<RunOutput, 'result'> & {
  readonly environment: Environment;
  /** To be judged after the last part (`judgeExpects`). */
  readonly expects: readonly Expected[];
};

/** Runs one part of a longer run. */
export function runPart(input: PartInput): PartOutput {
  const { draft, base } = input;
  const problems: Diagnostic[] = [];
  const editor: Editor = {
    draft,
    patches: input.recordPatches ? [] : null,
    causes: emptyCauseLog(),
    cause: [],
  };
  const run: Run = {
    input,
    base,
    draft,
    problems,
    editor,
    expects: [],
    reasons: new Set(),
    data: new Map(),
    above: [],
  };
  const environment: Environment = { outer: null, names: new Map(input.environment.names) };
  for (const loaded of input.prepared.scripts) runLoaded(run, loaded, environment);
  return {
    patches: editor.patches ?? [],
    causes: editor.causes,
    reasons: [...run.reasons],
    environment,
    expects: run.expects,
    diagnostics: problems,
  };
}

/** What of the expectations the draft, as it is now, does not meet. */
export function judgeExpects(
  input: Pick<RunInput, 'prepared'>,
  draft: Draft,
  expects: readonly Expected[],
): readonly Diagnostic[] {
  const problems: Diagnostic[] = [];
  const { namespaces } = input.prepared;
  for (const { condition, message, environment, span } of expects)
    judge({ draft, environment, namespaces, problems }, condition, message, 'expect', span);
  return problems;
}

type Run = {
  readonly input: Omit<RunInput, 'document'>;
  /** Untouched, for `assert`. */
  readonly base: Draft;
  readonly draft: Draft;
  readonly problems: Diagnostic[];
  readonly editor: Editor;
  readonly expects: Expected[];
  readonly reasons: Set<string>;
  /** Data files by name: read once, also when a loop stands in a loop. */
  readonly data: Map<string, readonly Row[]>;
  /** Include lines and data rows around what runs now. */
  readonly above: Span[];
};

function runLoaded(run: Run, loaded: LoadedScript, environment: Environment): void {
  if (run.input.isDefault) {
    for (const operation of loaded.operations) {
      run.editor.cause = [...run.above, operation.span];
      runOperation(stage(run, run.draft, environment), operation);
    }
  }
  for (const item of loaded.script.items) {
    if (item.type === 'include') {
      const inner = loaded.includes.get(item);
      if (inner === undefined) continue;
      run.above.push(item.span);
      runLoaded(run, inner, environment);
      run.above.pop();
    } else if (item.type === 'on') {
      if (names(run, item, environment))
        runItems(run, item.body, inside(environment), { source: loaded.script.source, scope: null });
    } else if (isWord(item) || run.input.isDefault) {
      runItem(run, item, environment, { source: loaded.script.source, scope: null });
    }
  }
}

/** What is read for every network, whichever a statement is about. */
function isWord(item: Item): boolean {
  return (
    item.type === 'param' ||
    item.type === 'let' ||
    item.type === 'scope' ||
    item.type === 'namespace' ||
    item.type === 'because'
  );
}

function names(run: Run, item: Extract<Item, { type: 'on' }>, environment: Environment): boolean {
  // what is wrong with the names was told when the networks were chosen
  const told: Diagnostic[] = [];
  return item.networks.some((value) =>
    networksFor(value, environment, run.input.available, told).includes(run.input.network),
  );
}

type Block = { readonly source: Source /** Of the `in` around, if any. */; readonly scope: ScopeWord | null };

function runItems(run: Run, items: readonly Item[], environment: Environment, block: Block): void {
  for (const item of items) runItem(run, item, environment, block);
}

function runItem(run: Run, item: Item, environment: Environment, block: Block): void {
  switch (item.type) {
    case 'param':
      bindParam(run.input.prepared, environment, item, run.problems);
      return;
    case 'let': {
      const value = evaluate(item.value, environment, run.problems);
      const taken = bind(environment, item.name, { type: 'text', value: value ?? '' });
      if (taken !== null) run.problems.push(taken);
      return;
    }
    case 'in':
      runIn(run, item, environment, block);
      return;
    case 'for':
      runFor(run, item, environment, block);
      return;
    case 'when': {
      const answer = holds(stage(run, run.draft, environment), item.condition);
      if (answer === true) runItems(run, item.body, inside(environment), block);
      return;
    }
    case 'assert':
      judge(stage(run, run.base, environment), item.condition, item.message, 'assert', item.span);
      return;
    case 'expect':
      run.expects.push({ condition: item.condition, message: item.message, environment, span: item.span });
      return;
    case 'include':
    case 'on':
      // the parser keeps these at the top level
      run.problems.push(
        error('SL450', item.span, `\`${item.type}\` stands at the top level only`, {
          help: 'move it out of the block',
        }),
      );
      return;
    case 'scope':
    case 'namespace':
    case 'because':
      return;
    default:
      runOne(run, item, environment);
  }
}

function stage(run: Run, draft: Draft, environment: Environment): Stage {
  return {
    draft,
    environment,
    namespaces: run.input.prepared.namespaces,
    problems: run.problems,
    editor: run.editor,
  };
}

function runOne(
  run: Run,
  statement: Exclude<Statement, { type: 'assert' | 'expect' }>,
  environment: Environment,
): void {
  run.editor.cause = [...run.above, statement.span];
  const here = stage(run, run.draft, environment);
  if (statement.mods.because !== null) {
    const reason = evaluate(statement.mods.because, environment, run.problems);
    if (reason !== null) run.reasons.add(reason);
  }
  runStatement(here, statement);
}

function runIn(run: Run, item: Extract<Item, { type: 'in' }>, environment: Environment, block: Block): void {
  if (block.scope !== null) {
    run.problems.push(
      error('SL453', item.span, '`in` stands in another `in`', { help: 'take one of them out' }),
    );
    return;
  }
  const whole = run.input.prepared.scope?.word ?? null;
  if (whole !== null && whole !== 'live+config' && whole !== item.scope) {
    run.problems.push(
      error('SL453', item.span, `the script's scope is \`${whole}\`; \`in ${item.scope}\` would widen it`, {
        help: 'an `in` can only narrow the scope',
      }),
    );
    return;
  }
  const absent = wordScopes(item.scope).find((scope) => !run.input.targetScopes.includes(scope));
  if (absent !== undefined) {
    run.problems.push(noSuchScope(absent, run.input.targetScopes, item.span));
    return;
  }
  if (item.scope === 'live+config' || item.scope === run.input.scope)
    runItems(run, item.body, inside(environment), { ...block, scope: item.scope });
}

export function wordScopes(word: ScopeWord): readonly Scope[] {
  return word === 'live+config' ? ['live', 'config'] : [word];
}

export function noSuchScope(scope: Scope, has: readonly Scope[], span: Span | null): Diagnostic {
  return error('SL452', span, `this target has no \`${scope}\` state`, {
    help: `its networks have ${has.map((one) => `\`${one}\``).join(' and ')}; files keep what is stored, a daemon also what runs`,
  });
}

function runFor(
  run: Run,
  item: Extract<Item, { type: 'for' }>,
  environment: Environment,
  block: Block,
): void {
  const name = evaluate(item.file, environment, run.problems);
  if (name === null) return;
  const rows = rowsOf(run, item, name, block.source);
  for (const row of rows) {
    const around = inside(environment);
    const taken = bind(around, item.name, { type: 'row', row });
    if (taken !== null) {
      run.problems.push(taken);
      return;
    }
    run.above.push(row.span);
    runItems(run, item.body, around, block);
    run.above.pop();
  }
}

function rowsOf(run: Run, item: Extract<Item, { type: 'for' }>, name: string, from: Source): readonly Row[] {
  const id = `${item.format}\u0000${name}\u0000${from.name}`;
  const known = run.data.get(id);
  if (known !== undefined) return known;
  const read = run.input.prepared.load(name, from);
  let rows: readonly Row[] = [];
  if (!read.ok) run.problems.push({ ...read.error, code: 'SL445', span: item.file.span });
  else {
    const checked = item.format === 'csv' ? readCsv(read.value) : readJson(read.value);
    run.problems.push(...checked.diagnostics);
    rows = checked.value;
  }
  run.data.set(id, rows);
  return rows;
}

function judge(
  scene: Scene,
  condition: Condition,
  message: Value | null,
  word: 'assert' | 'expect',
  span: Span,
): void {
  const answer = holds(scene, condition);
  if (answer !== false) return;
  const text = message === null ? null : evaluate(message, scene.environment, scene.problems);
  const asked = condition.span.source.text.slice(condition.span.start, condition.span.end);
  scene.problems.push(
    error(
      word === 'assert' ? 'SL701' : 'SL702',
      span,
      text ??
        (word === 'assert' ? `not so before the script runs: ${asked}` : `not so in the result: ${asked}`),
      {
        help:
          text === null
            ? 'nothing was written; look at the network with `sluice show`'
            : `nothing was written; the condition is \`${asked}\``,
      },
    ),
  );
}
