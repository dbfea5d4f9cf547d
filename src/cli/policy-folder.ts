// Which policy counts: one folder, found by one rule, so that nothing in the working directory can stand in for /etc.

import { existsSync } from 'node:fs';

export type PolicyFolder = {
  readonly folder: string;
  /** What named it, for messages. */
  readonly from: '--policy' | 'SLUICE_POLICY' | 'the system' | 'the default';
};

const SYSTEM_POLICY = '/etc/sluice/policies';

/** `--policy`, else SLUICE_POLICY, else /etc/sluice/policies where that exists, else ./policies. */
export function policyFolder(
  option: string | null,
  environment: Readonly<Record<string, string | undefined>>,
): PolicyFolder {
  if (option !== null) return { folder: option, from: '--policy' };
  const named = environment['SLUICE_POLICY'];
  if (named !== undefined && named !== '') return { folder: named, from: 'SLUICE_POLICY' };
  if (existsSync(SYSTEM_POLICY)) return { folder: SYSTEM_POLICY, from: 'the system' };
  return { folder: './policies', from: 'the default' };
}
