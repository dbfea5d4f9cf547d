// `sluice show`: a network as it stands, the elements that a path finds in it, or what networks there are.

import type { Target } from '../../apply/target.ts';
import { emptyEnvironment } from '../../compile/environment.ts';
import { elementsAtPath } from '../../compile/path-text.ts';
import { type Checked, type Diagnostic, hasErrors } from '../../diagnostics/diagnostic.ts';
import type { Scope } from '../../network/scope.ts';
import { DNSMASQ_NS } from '../../network/spec.ts';
import { freeze, openDraft } from '../../patch/draft.ts';
import { type Source, span } from '../../source/source.ts';
import { ok, type Result } from '../../std/result.ts';
import type { XmlDocument, XmlElement } from '../../xml/document.ts';
import { parseDocument } from '../../xml/parse.ts';
import { printApart } from '../../xml/print-apart.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import type { ShowFlags } from '../flags.ts';
import { openTarget } from '../open-target.ts';
import { conclude, fail } from '../outcome.ts';
import { forOutput } from '../terminal-text.ts';

/** Without a network, the names of all of them. */
export async function show(
  network: string | null,
  path: string | null,
  flags: ShowFlags,
  console: Console,
): Promise<ExitStatus> {
  const failed = (diagnostics: readonly Diagnostic[]): ExitStatus =>
    fail(console, 'show', flags.json, EXIT.error, diagnostics);
  const target = openTarget(flags.target, flags.state);
  if (!target.ok) return failed([target.error]);
  if (network === null) {
    const listed = await target.value.list();
    if (!listed.ok) return failed([listed.error]);
    const names = listed.value;
    return conclude(console, 'show', flags.json, {
      status: EXIT.done,
      diagnostics: [],
      text: () => forOutput(names.map((name) => `${name}\n`).join(''), console.out),
      json: () => ({ networks: names }),
    });
  }
  const scope = await scopeToShow(target.value, network, flags);
  if (!scope.ok) return failed([scope.error]);
  const stored = await target.value.read(network, scope.value);
  if (!stored.ok) return failed([stored.error]);
  const { source, hash, notes } = stored.value;
  const whole = { network, scope: scope.value, hash };
  if (path === null) {
    const text = forOutput(source.text.endsWith('\n') ? source.text : `${source.text}\n`, console.out);
    return conclude(console, 'show', flags.json, {
      status: EXIT.done,
      diagnostics: notes,
      text: () => text,
      json: () => ({ ...whole, xml: source.text }),
    });
  }
  const document = parseDocument(source);
  if (document.value === null) return failed([...notes, ...document.diagnostics]);
  const found = elementsAt(document.value, path);
  const diagnostics = [...notes, ...document.diagnostics, ...found.diagnostics];
  if (hasErrors(diagnostics)) return failed(diagnostics);
  const elements = found.value.map((element) => printApart(element));
  const text = forOutput(elements.map((element) => `${element}\n`).join(''), console.out);
  return conclude(console, 'show', flags.json, {
    status: EXIT.done,
    diagnostics,
    text: () => text,
    json: () => ({ ...whole, path, elements }),
  });
}

/** What is asked for, else what is stored, which a transient network is not. */
async function scopeToShow(
  target: Target,
  network: string,
  flags: ShowFlags,
): Promise<Result<Scope, Diagnostic>> {
  if (flags.scope !== undefined) return ok(flags.scope);
  const scopes = await target.scopesOf(network);
  if (!scopes.ok) return scopes;
  return ok(scopes.value.includes('config') ? 'config' : 'live');
}

/** The elements that a path of the update language finds. Mistakes are shown in the path as it was given. */
function elementsAt(document: XmlDocument, text: string): Checked<readonly XmlElement[]> {
  const source: Source = { name: '<path>', text };
  const found = elementsAtPath(
    { text, span: span(source, 0, text.length) },
    {
      draft: openDraft(document),
      environment: emptyEnvironment(),
      namespaces: new Map([['dnsmasq', DNSMASQ_NS]]),
    },
  );
  return { value: found.value.map(freeze), diagnostics: found.diagnostics };
}
