// The changes that the journal of a target has on record, as edits that a policy can be asked about again.

import { readJournal, readRevisionText } from '../apply/files/read-journal.ts';
import { type Checked, type Diagnostic, note } from '../diagnostics/diagnostic.ts';
import type { RecordedEdit } from '../policy/policy-diff.ts';
import type { XmlDocument } from '../xml/document.ts';
import { parseDocument } from '../xml/parse.ts';

/** Every revision of every network in the folder whose texts are still kept, oldest first. */
export function readRecordedEdits(folder: string): Checked<readonly RecordedEdit[]> {
  const journal = readJournal(folder);
  if (!journal.ok) return { value: [], diagnostics: [journal.error] };
  const diagnostics: Diagnostic[] = [];
  if (journal.value.fault !== null) diagnostics.push(journal.value.fault);
  const documents = new Map<string, XmlDocument | null>();
  const documentOf = (hash: string): XmlDocument | null => {
    let document = documents.get(hash);
    if (document === undefined) {
      const text = readRevisionText(folder, hash);
      if (!text.ok) diagnostics.push(text.error);
      document =
        text.ok && text.value !== null
          ? parseDocument({ name: `revision ${hash}`, text: text.value }).value
          : null;
      documents.set(hash, document);
    }
    return document;
  };
  const edits: RecordedEdit[] = [];
  let lost = 0;
  for (const entry of journal.value.entries) {
    if (entry.type !== 'apply') continue;
    for (const { network, scope, before, after } of entry.networks) {
      const base = before === null ? null : documentOf(before);
      const result = after === null ? null : documentOf(after);
      if ((base === null) !== (before === null) || (result === null) !== (after === null)) {
        lost++;
        continue;
      }
      edits.push({
        label: `revision ${entry.revision}`,
        subject: entry.subject,
        network,
        scope,
        clock: Date.parse(entry.decided),
        base,
        result,
      });
    }
  }
  if (lost > 0)
    diagnostics.push(
      note('SL690', null, `${lost} recorded changes cannot be asked about: their texts are kept no more`, {
        help: 'the others were compared',
      }),
    );
  return { value: edits, diagnostics };
}
