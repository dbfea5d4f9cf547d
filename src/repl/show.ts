// `show`: the network as it is staged, or what a path finds in it, as XML or as the statements that would make it.

import { elementsAtPath } from '../compile/path-text.ts';
import type { Scene } from '../compile/resolve.ts';
import { noSuchScope } from '../compile/run.ts';
import { type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { diffAsScript } from '../diff/as-script.ts';
import { type Draft, freeze, freezeDraft, openDraft, removeNode } from '../patch/draft.ts';
import { scopeMissing } from '../plan/network-scopes.ts';
import type { Span } from '../source/source.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';
import { printDocument } from '../xml/print.ts';
import { printApart } from '../xml/print-apart.ts';
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
export function showText(shell: Shell, path: Given | null, scope: Given | null, form: string): Said {
  const { network, session, world } = shell;
  if (network === null)
    return {
      text: world.words.foreign(session.setting.available.map((name) => `${name}\n`).join('')),
      diagnostics: path === null ? [] : [noneInUse(session, path.span)],
    };
  const base = scope === null ? baseInUse(session, network) : baseIn(session, network, scope.text);
  if (base === null)
    return {
      text: '',
      diagnostics: [
        scope === null ? noneInUse(session, path?.span ?? null) : noState(session, network, scope),
      ],
    };
  const document = currentOf(session, base);
  if (path === null) {
    const text = form === 'script' ? madeFrom(emptyNetwork(network), document) : printDocument(document);
    return { text: world.words.foreign(text.endsWith('\n') ? text : `${text}\n`), diagnostics: [] };
  }
  const found = elementsAtPath(path, sceneOf(session, draftOf(session, base)));
  if (hasErrors(found.diagnostics)) return { text: '', diagnostics: found.diagnostics };
  const text =
    form === 'script'
      ? madeFrom(without(document, session, path), document)
      : found.value.map((place) => `${printApart(freeze(place))}\n`).join('');
  return { text: world.words.foreign(text), diagnostics: found.diagnostics };
}

export function noneInUse({ setting: { available } }: Session, at: Span | null): Diagnostic {
  return error('SL503', at, 'no network is in use', {
    help: available.length === 0 ? 'the target has none' : `\`use NET\`: ${available.slice(0, 8).join(', ')}`,
  });
}

function noState({ setting: { targetScopes } }: Session, network: string, given: Given): Diagnostic {
  const scope = given.text === 'live' ? 'live' : 'config';
  return targetScopes.includes(scope)
    ? scopeMissing(network, scope, given.span)
    : noSuchScope(scope, targetScopes, given.span);
}

function baseIn(session: Session, network: string, scope: string): Base | null {
  return session.bases.find((base) => base.network === network && base.scope === scope) ?? null;
}

/** The document that is looked at: what runs, where the session is about that alone; else what is stored, where there is. */
export function baseInUse(session: Session, network: string): Base | null {
  const bases = session.bases.filter((base) => base.network === network);
  const scope = scopeOf(session.setting, session.staged) === 'live' ? 'live' : 'config';
  return bases.find((base) => base.scope === scope) ?? bases[0] ?? null;
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
function without(document: XmlDocument, session: Session, path: Given): XmlDocument {
  const draft = openDraft(document);
  for (const place of elementsAtPath(path, sceneOf(session, draft)).value)
    if (place.parent !== null) removeNode(place);
  return freezeDraft(draft);
}

function sceneOf(session: Session, draft: Draft): Omit<Scene, 'problems'> {
  return { draft, environment: environmentOf(session), namespaces: namespacesOf(session) };
}
