// `sluice diff`: how two networks differ in meaning: as a list, as a script that makes one of the other, or as RFC 5261.

import { existsSync } from 'node:fs';
import { readSource } from '../../apply/load-files.ts';
import type { Target } from '../../apply/target.ts';
import { prepareScript } from '../../compile/prepare.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../../diagnostics/diagnostic.ts';
import { diffAsScript } from '../../diff/as-script.ts';
import type { Change } from '../../diff/change.ts';
import { diffDocuments } from '../../diff/diff.ts';
import type { Scope } from '../../network/scope.ts';
import { printRfc5261 } from '../../patch/rfc5261.ts';
import { withoutDaemonGiven } from '../../plan/daemon-given.ts';
import { compileScript } from '../../plan/script.ts';
import { type Source, span } from '../../source/source.ts';
import { err, ok, type Result } from '../../std/result.ts';
import type { XmlDocument } from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import { changeJson } from '../change-json.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { DiffFlags } from '../flags.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { count, line, newPage, pageText } from '../page.ts';
import { blocksOf } from '../plan-blocks.ts';
import { renderChanges } from '../render-changes.ts';
import { forOutput } from '../terminal-text.ts';

/** One side of the comparison: a file, or a network of the target in one of its states. */
type Side = { readonly name: string; readonly scope: Scope };

/** Without `after`, what runs is compared with what is stored. */
export async function diff(
  before: string,
  after: string | null,
  flags: DiffFlags,
  console: Console,
): Promise<ExitStatus> {
  const sides = sidesOf(before, after, flags);
  if (!sides.ok) return fail(console, 'diff', flags.json, EXIT.usage, [sides.error]);
  const diagnostics: Diagnostic[] = [];
  let documents: XmlDocument[] = [];
  for (const side of sides.value) {
    const source = await sourceOf(side, flags);
    const read: Checked<XmlDocument | null> = source.ok
      ? parseDocument(source.value)
      : { value: null, diagnostics: [source.error] };
    diagnostics.push(...read.diagnostics);
    if (read.value === null) continue;
    const stranger = whyNoNetwork(read.value);
    if (stranger !== null) diagnostics.push(stranger);
    documents.push(read.value);
  }
  if (!hasErrors(diagnostics)) documents = withoutGiven(sides.value, documents);
  const [base, result] = documents;
  if (hasErrors(diagnostics) || base === undefined || result === undefined)
    return fail(console, 'diff', flags.json, EXIT.error, diagnostics);
  const changes = diffDocuments(base, result, 'config');
  const status = flags.detailedExitcode && changes.length > 0 ? EXIT.changes : EXIT.done;
  switch (flags.as) {
    case 'changes': {
      const text = (): string => renderDifference(changes, flags, console);
      return conclude(console, 'diff', flags.json, {
        status,
        diagnostics,
        text,
        json: () => ({ changes: changes.map(changeJson) }),
      });
    }
    case 'script': {
      const script = diffAsScript(base, result, isFile(before) ? null : before);
      return conclude(console, 'diff', flags.json, {
        status,
        diagnostics,
        text: () => forOutput(script, console.out),
        json: () => ({ script }),
      });
    }
    case 'patch': {
      const patch = asPatch(base, diffAsScript(base, result, null));
      return conclude(console, 'diff', flags.json, {
        status,
        diagnostics,
        text: () => forOutput(patch, console.out),
        json: () => ({ patch }),
      });
    }
  }
}

/** Whatever else stands there, two documents that are no networks have no meaning to compare. */
function whyNoNetwork({ root, source }: XmlDocument): Diagnostic | null {
  if (root.local === 'network' && root.ns === '') return null;
  const at = span(source, root.start, root.openEnd);
  const prefixed = root.ns === '' ? '' : ' of another namespace';
  return error('SL200', at, `the root element is \`${root.name}\`${prefixed}, not a \`<network>\``, {
    help: 'give whole network documents; for scripts there is `sluice plan`',
  });
}

/** A name with a slash or a dot in it, or that is there, is a file; any other is a network of the target. */
function isFile(name: string): boolean {
  return name === '-' || /[/.]/.test(name) || existsSync(name);
}

/** Of two networks the flag says which state is meant; of one, both flags say that its states are to be compared. */
function sidesOf(
  before: string,
  after: string | null,
  { live, config }: DiffFlags,
): Result<readonly [Side, Side], Diagnostic> {
  if (after === null) {
    if (live && config && !isFile(before))
      return ok([
        { name: before, scope: 'live' },
        { name: before, scope: 'config' },
      ]);
    const help = isFile(before)
      ? `\`sluice diff ${before} OTHER\` compares it with another file, or a network`
      : `\`sluice diff ${before} --live --config\` compares what runs with what is stored`;
    return err(
      error('SL903', null, `\`${before}\` is to be compared, and nothing to compare it with`, { help }),
    );
  }
  if (live && config) {
    const help = 'give one network and both, or two and one of them';
    return err(error('SL906', null, '`--live --config` compares the states of one network', { help }));
  }
  const scope: Scope = live ? 'live' : 'config';
  return ok([
    { name: before, scope },
    { name: after, scope },
  ]);
}

async function sourceOf({ name, scope }: Side, flags: DiffFlags): Promise<Result<Source, Diagnostic>> {
  if (isFile(name)) return readSource(name);
  const opened: Result<Target, Diagnostic> = openTarget(flags.target, flags.state);
  if (!opened.ok) return opened;
  const stored = await opened.value.read(name, scope);
  return stored.ok ? ok(stored.value.source) : err(stored.error);
}

/** What the daemon adds to what runs is no drift. */
function withoutGiven(
  [before, after]: readonly [Side, Side],
  documents: readonly XmlDocument[],
): XmlDocument[] {
  const [base, result] = documents;
  if (base === undefined || result === undefined) return [...documents];
  const live = (side: Side): boolean => side.scope === 'live' && !isFile(side.name);
  return [
    live(before) ? withoutDaemonGiven(base, result) : base,
    live(after) ? withoutDaemonGiven(result, base) : result,
  ];
}

function renderDifference(changes: readonly Change[], flags: DiffFlags, console: Console): string {
  const page = newPage(console.out, flags.full);
  if (changes.length === 0) {
    line(page, [null, 'They mean the same.']);
  } else {
    renderChanges(page, blocksOf(changes, null), () => {});
    line(page);
    line(page, ['bold', `${count(changes.length)} change${changes.length === 1 ? '' : 's'}`]);
  }
  return pageText(page);
}

/** The script's patches on the document that it was made for. */
function asPatch(base: XmlDocument, script: string): string {
  const source: Source = { name: '<difference>', text: script };
  const prepared = prepareScript([source], { load: () => unexpected(script), vars: new Map() });
  if (prepared.value === null) return unexpected(script);
  const network = 'difference';
  const compiled = compileScript(prepared.value, {
    target: '<difference>',
    targetScopes: ['config'],
    documents: [{ network, scope: 'config', source: base.source }],
    available: [network],
    scope: null,
    network,
  });
  const [only] = compiled.value ?? [];
  return only === undefined ? unexpected(script) : printRfc5261(only.patches);
}

function unexpected(script: string): never {
  throw new Error(`a script of our own does not run:\n${script}`);
}
