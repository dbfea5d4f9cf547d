// `show`: the network as it is staged, or what a path finds in it, as XML or as the statements that would make it.

import { nothingFound, resolve } from '../compile/resolve.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { diffAsScript } from '../diff/as-script.ts';
import { type DraftElement, freeze, freezeDraft, openDraft, removeNode } from '../patch/draft.ts';
import type { Source, Span } from '../source/source.ts';
import type { Path } from '../syntax/ast.ts';
import { parseScript } from '../syntax/parse.ts';
import type { XmlDocument, XmlElement } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { printDocument, printNode } from '../xml/print.ts';
import type { Given } from './command-grammar.ts';
import {
  type Base,
  currentOf,
  draftOf,
  environmentOf,
  namespacesOf,
  type Session,
  scopeOf,
} from './session.ts';
import type { Said, Shell } from './shell-state.ts';

/** The network in use, already read. */
export function showText(shell: Shell, path: Given | null, form: string): Said {
  const { network, session, world } = shell;
  if (network === null)
    return {
      text: world.words.foreign(session.setting.available.map((name) => `${name}\n`).join('')),
      diagnostics: path === null ? [] : [noneInUse(session, path.span)],
    };
  const base = baseInUse(session, network);
  if (base === null) return { text: '', diagnostics: [noneInUse(session, path?.span ?? null)] };
  const document = currentOf(session, base);
  if (path === null) {
    const text = form === 'script' ? madeFrom(emptyNetwork(network), document) : printDocument(document);
    return { text: world.words.foreign(text.endsWith('\n') ? text : `${text}\n`), diagnostics: [] };
  }
  const found = placesAt(session, base, path);
  if (hasErrors(found.diagnostics)) return { text: '', diagnostics: found.diagnostics };
  const text =
    form === 'script'
      ? madeFrom(without(document, session, path), document)
      : found.value.map((place) => `${unindented(freeze(place))}\n`).join('');
  return { text: world.words.foreign(text), diagnostics: found.diagnostics };
}

export function noneInUse({ setting: { available } }: Session, at: Span | null): Diagnostic {
  return error('SL503', at, 'no network is in use', {
    help: available.length === 0 ? 'the target has none' : `\`use NET\`: ${available.slice(0, 8).join(', ')}`,
  });
}

/** The document that is looked at: what runs, where the session is about that alone; else what is stored, where there is. */
export function baseInUse(session: Session, network: string): Base | null {
  const bases = session.bases.filter((base) => base.network === network);
  const scope = scopeOf(session.setting, session.staged) === 'live' ? 'live' : 'config';
  return bases.find((base) => base.scope === scope) ?? bases[0] ?? null;
}

/** The elements that a path of the update language finds in what is staged. Mistakes are shown in the path as it was given. */
export function placesAt(session: Session, base: Base, given: Given): Checked<readonly DraftElement[]> {
  const parsed = parsePath(given);
  if (parsed.value === null) return { value: [], diagnostics: parsed.diagnostics };
  const { path, inPath } = parsed.value;
  const problems: Diagnostic[] = [];
  const scene = {
    draft: draftOf(session, base),
    environment: environmentOf(session),
    namespaces: namespacesOf(session),
    problems,
  };
  const resolution = resolve(scene, path);
  switch (resolution.type) {
    case 'found':
      return { value: resolution.places.map(({ at }) => at), diagnostics: [] };
    case 'missing':
      return { value: [], diagnostics: [inPath(nothingFound(path, resolution))] };
    case 'wrong':
      return { value: [], diagnostics: problems.map(inPath) };
  }
}

type ParsedPath = { readonly path: Path; readonly inPath: (diagnostic: Diagnostic) => Diagnostic };

const VERB = 'remove ';

/** The language has no text that is a path alone, so it is read as that of a statement, and places are moved back. */
function parsePath({ text, span: at }: Given): Checked<ParsedPath | null> {
  const wrapped: Source = { name: at.source.name, text: VERB + text };
  const back = (span: Span): Span =>
    span.source === wrapped
      ? {
          source: at.source,
          start: at.start + Math.max(0, span.start - VERB.length),
          end: at.start + Math.max(0, span.end - VERB.length),
        }
      : span;
  const inPath = (diagnostic: Diagnostic): Diagnostic => ({
    ...diagnostic,
    span: diagnostic.span === null ? null : back(diagnostic.span),
    labels: diagnostic.labels.map((label) => ({ ...label, span: back(label.span) })),
  });
  const { value, diagnostics } = parseScript(wrapped);
  const [item] = value.items;
  if (hasErrors(diagnostics)) return { value: null, diagnostics: diagnostics.map(inPath) };
  if (item?.type !== 'remove' || value.items.length > 1)
    return {
      value: null,
      diagnostics: [error('SL501', at, `\`${text}\` is no path`, { help: 'such as `ip[10.0.0.1].dhcp`' })],
    };
  return { value: { path: item.path, inPath }, diagnostics: [] };
}

function emptyNetwork(network: string): XmlDocument {
  const { value } = parseDocument({ name: '<empty>', text: `<network>\n</network>\n` });
  if (value === null) throw new Error(`an empty network for ${network} is no XML`);
  return value;
}

function madeFrom(before: XmlDocument, after: XmlDocument): string {
  return diffAsScript(before, after, null);
}

/** The document without what the path finds. */
function without(document: XmlDocument, session: Session, given: Given): XmlDocument {
  const parsed = parsePath(given);
  if (parsed.value === null) return document;
  const draft = openDraft(document);
  const scene = {
    draft,
    environment: environmentOf(session),
    namespaces: namespacesOf(session),
    problems: [],
  };
  const resolution = resolve(scene, parsed.value.path);
  if (resolution.type === 'found')
    for (const { at } of resolution.places) if (at.parent !== null) removeNode(at);
  return freezeDraft(draft);
}

/** The element's text as it stands, moved to the left edge. */
function unindented(element: XmlElement): string {
  const text = printNode(element);
  if (element.source === null) return text;
  const lineStart = element.source.text.lastIndexOf('\n', Math.max(0, element.start - 1)) + 1;
  const before = element.source.text.slice(lineStart, element.start);
  return /^[ \t]+$/.test(before) ? text.replaceAll(`\n${before}`, '\n') : text;
}
