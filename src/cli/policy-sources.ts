// The files of a policy that somebody names: its folder, or a policy.csv alone, such as an older one out of git.

import { statSync } from 'node:fs';
import path from 'node:path';
import { readPolicyFiles, readSource } from '../apply/load-files.ts';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { MODEL_TEXT } from '../policy/model-conf.ts';
import type { Source } from '../source/source.ts';
import { noPolicy } from './load-policy.ts';
import { type PolicyFolder, policyFolder } from './policy-folder.ts';

export type PolicySources = {
  readonly model: Source;
  readonly rules: Source;
  /** What messages call the policy: its folder, or the file. */
  readonly name: string;
};

/** Whoever names a policy twice may mean two. */
export function namedOnce(given: string | null, option: string | null): Diagnostic | null {
  return given === null || option === null || given === option
    ? null
    : error('SL906', null, `\`${given}\` and \`--policy ${option}\` both name the policy`, {
        help: 'take one of them',
      });
}

/** The policy in a folder or file, or (null) the one that decides here. Null when one of the files cannot be read. */
export function readPolicySources(
  given: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Checked<PolicySources | null> {
  const found: PolicyFolder =
    given === null ? policyFolder(null, environment) : { folder: given, from: '--policy' };
  const { folder } = found;
  if (!isFolder(folder) && (given === '-' || isThere(folder))) return readRulesAlone(folder);
  const files = readPolicyFiles(folder);
  return files.ok
    ? { value: { ...files.value, name: folder }, diagnostics: [] }
    : { value: null, diagnostics: [noPolicy(found, files.error)] };
}

/** The model is fixed, so a file of rows says everything; one that lies beside it is read all the same. */
function readRulesAlone(file: string): Checked<PolicySources | null> {
  const rules = readSource(file);
  if (!rules.ok) return { value: null, diagnostics: [rules.error] };
  const beside = path.join(path.dirname(file), 'model.conf');
  const model =
    file !== '-' && isThere(beside)
      ? readSource(beside)
      : ({ ok: true, value: { name: '<model>', text: MODEL_TEXT } } as const);
  if (!model.ok) return { value: null, diagnostics: [model.error] };
  return { value: { model: model.value, rules: rules.value, name: rules.value.name }, diagnostics: [] };
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function isThere(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false }) !== undefined;
}
