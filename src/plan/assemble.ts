// Base and wanted result of one document → its changes and the text to write: checked, compared, replayed, compared again.

import type { CauseLog } from '../compile/cause-log.ts';
import { type Checked, type Diagnostic, error, hasErrors } from '../diagnostics/diagnostic.ts';
import { withCauses } from '../diff/cause.ts';
import type { Change } from '../diff/change.ts';
import { diffDocuments } from '../diff/diff.ts';
import { replay } from '../diff/replay.ts';
import { sameChanges } from '../diff/same-changes.ts';
import { checkResult } from '../network/rules.ts';
import type { Scope } from '../network/scope.ts';
import { cleanCopy } from '../network/spelling.ts';
import { networkSpec } from '../network/table.ts';
import { sha256Hex } from '../std/sha256.ts';
import { elementsOf, makeElement, spanOf, textOf, type XmlDocument } from '../xml/document.ts';
import { layoutNew } from '../xml/layout.ts';
import { printDocument } from '../xml/print.ts';
import { ABSENT_HASH } from './plan.ts';

/** One document, ready for the gate. */
export type Assembled = {
  readonly network: string;
  readonly scope: Scope;
  readonly base: XmlDocument | null;
  /** `replay(base, changes)`: what is gated, hashed and written. */
  readonly result: XmlDocument | null;
  readonly changes: readonly Change[];
  readonly baseText: string | null;
  readonly resultText: string | null;
  readonly baseHash: string;
  readonly resultHash: string;
};

export type Wanted = {
  readonly network: string;
  readonly scope: Scope;
  readonly base: XmlDocument | null;
  /** sha256Hex of the base's text when it is known already. */
  readonly baseHash: string | undefined;
  readonly wanted: XmlDocument | null;
  readonly causes: CauseLog | null;
};

/** Null when the result breaks a rule that the base did not break, or is called otherwise than its network. */
export function assemble(input: Wanted): Checked<Assembled | null> {
  const { network, scope, base, wanted } = input;
  const problems: Diagnostic[] = [];
  if (wanted !== null) problems.push(...checkResult(base, wanted), ...checkName(network, base, wanted));
  if (hasErrors(problems)) return { value: null, diagnostics: problems };

  const found = diffDocuments(base, wanted, scope);
  const result =
    wanted === null ? null : base === null ? fresh(wanted) : found.length === 0 ? base : replay(base, found);
  const changes = found.length === 0 ? found : diffDocuments(base, result, scope);
  if (!sameChanges(changes, found)) {
    // promise 3: what would be written is not what was asked for. Nothing is written then.
    problems.push(
      error(
        'SL707',
        null,
        `the changes to \`${network}\` do not add up to the wanted result: this is a bug in sluice`,
        { help: 'nothing was written; please report the script and the network' },
      ),
    );
    return { value: null, diagnostics: problems };
  }
  const baseText = base === null ? null : textOfDocument(base);
  const resultText = result === null ? null : result === base ? baseText : printDocument(result);
  const baseHash = baseText === null ? ABSENT_HASH : (input.baseHash ?? sha256Hex(baseText));
  return {
    value: {
      network,
      scope,
      base,
      result,
      changes: input.causes === null ? changes : withCauses(changes, input.causes),
      baseText,
      resultText,
      baseHash,
      resultHash:
        resultText === null ? ABSENT_HASH : resultText === baseText ? baseHash : sha256Hex(resultText),
    },
    diagnostics: problems,
  };
}

/** A document as it was read: its source says it byte for byte. */
function textOfDocument(document: XmlDocument): string {
  return document.source.text;
}

/** A network that does not exist yet, in libvirt's layout; the comments of what was given are dropped (rule 4). */
function fresh(wanted: XmlDocument): XmlDocument {
  const copy = cleanCopy(networkSpec, wanted.root);
  return {
    ...wanted,
    root: layoutNew(makeElement(copy, copy.attrs, copy.children), '', '  ', '\n'),
    prolog: '',
    epilog: '\n',
  };
}

/** A network is called what its file is called, and never otherwise (rules 24 and 27). */
function checkName(network: string, base: XmlDocument | null, wanted: XmlDocument): readonly Diagnostic[] {
  const name = nameIn(wanted);
  if (name === null || name.text === network) return [];
  const was = base === null ? null : nameIn(base);
  if (was !== null && was.text === name.text) {
    return [
      error(
        'SL705',
        name.span,
        `this network is stored as \`${network}\` but calls itself \`${name.text}\``,
        { help: `store it as \`${name.text}\`, or correct its \`<name>\` by hand` },
      ),
    ];
  }
  return [
    error('SL708', name.span, `the name \`${network}\` cannot become \`${name.text}\``, {
      help: 'the name of a network never changes: make a new network and delete the old one',
    }),
  ];
}

function nameIn(document: XmlDocument): { readonly text: string; readonly span: Diagnostic['span'] } | null {
  const element = elementsOf(document.root).find((child) => child.local === 'name' && child.ns === '');
  return element === undefined ? null : { text: textOf(element), span: spanOf(element) };
}
