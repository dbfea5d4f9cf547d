// `sluice diff`: how two networks differ in meaning: as a list, as a script that makes one of the other, or as RFC 5261.

import { existsSync } from 'node:fs';
import { readSource } from '../../apply/load-files.ts';
import type { Target } from '../../apply/target.ts';
import { prepareScript } from '../../compile/prepare.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../../diagnostics/diagnostic.ts';
import { diffAsScript } from '../../diff/as-script.ts';
import { type Change, stepsOf } from '../../diff/change.ts';
import { diffDocuments } from '../../diff/diff.ts';
import { pathText } from '../../network/path.ts';
import { printRfc5261 } from '../../patch/rfc5261.ts';
import { compileScript } from '../../plan/script.ts';
import { type Source, span } from '../../source/source.ts';
import { err, type Result } from '../../std/result.ts';
import type { XmlDocument } from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { DiffFlags } from '../flags.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { count, line, newPage, pageText } from '../page.ts';
import { blocksOf } from '../plan-blocks.ts';
import { renderChanges } from '../render-changes.ts';
import { forOutput } from '../terminal-text.ts';

export async function diff(
  before: string,
  after: string,
  flags: DiffFlags,
  console: Console,
): Promise<ExitStatus> {
  const diagnostics: Diagnostic[] = [];
  const documents: XmlDocument[] = [];
  for (const name of [before, after]) {
    const source = await sourceOf(name, flags.target);
    const read: Checked<XmlDocument | null> = source.ok
      ? parseDocument(source.value)
      : { value: null, diagnostics: [source.error] };
    diagnostics.push(...read.diagnostics);
    if (read.value === null) continue;
    const stranger = whyNoNetwork(read.value);
    if (stranger !== null) diagnostics.push(stranger);
    documents.push(read.value);
  }
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
        json: () => ({ changes: changes.map(jsonOf) }),
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

async function sourceOf(name: string, target: string): Promise<Result<Source, Diagnostic>> {
  if (isFile(name)) return readSource(name);
  const opened: Result<Target, Diagnostic> = openTarget(target);
  if (!opened.ok) return opened;
  const stored = await opened.value.read(name, 'config');
  return stored.ok ? { ok: true, value: stored.value.source } : err(stored.error);
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

function jsonOf({ op, kind, pair, leaf, before, after }: Change): Readonly<Record<string, unknown>> {
  return {
    op,
    kind,
    path: pathText(stepsOf(pair), leaf),
    before: before?.value ?? null,
    after: after?.value ?? null,
  };
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
