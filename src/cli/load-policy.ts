// The policy of this run, loaded and checked, or why there is none. Without a policy nothing is decided, so nothing is done.

import { readPolicyFiles } from '../apply/load-files.ts';
import { type Checked, type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { loadPolicy } from '../policy/load.ts';
import type { Policy } from '../policy/policy.ts';
import { type PolicyFolder, policyFolder } from './policy-folder.ts';

/** `option` is `--policy`, or null. Of the warnings only that a policy allows nothing is told: the others are for its keeper. */
export function readPolicy(
  option: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): Checked<Policy | null> {
  const found = policyFolder(option, environment);
  const files = readPolicyFiles(found.folder);
  if (!files.ok) return { value: null, diagnostics: [noPolicy(found, files.error)] };
  const loaded = loadPolicy({ ...files.value, name: found.folder });
  return {
    ...loaded,
    diagnostics: loaded.diagnostics.filter(({ severity, code }) => severity === 'error' || code === 'SL600'),
  };
}

/** What could not be read, said of the folder in which a policy was looked for. */
export function noPolicy({ folder, from }: PolicyFolder, reason: Diagnostic): Diagnostic {
  if (reason.code !== 'SL822') return reason;
  const help =
    from === 'the default'
      ? 'name its folder with `--policy` or SLUICE_POLICY; `./policies` is where it is looked for otherwise'
      : `that folder was named by ${from}; it must hold \`model.conf\` and \`policy.csv\``;
  return error('SL911', null, `no policy in \`${folder}\`: ${reason.message}`, { help });
}
