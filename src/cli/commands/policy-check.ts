// `sluice policy check`: everything that is wrong with a policy, and what is in it. Exit status 0 only where there is nothing
// to be told: a role with a typing error in it is a warning for the gate, and a deny that never fires for who relies on it.

import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { loadPolicy } from '../../policy/load.ts';
import type { Policy } from '../../policy/policy.ts';
import { type PolicySummary, type RoleSummary, summaryOf } from '../../policy/summary.ts';
import type { Console } from '../console.ts';
import { EXIT, type ExitStatus } from '../exit-status.ts';
import { conclude, fail } from '../outcome.ts';
import { count, dots, line, newPage, type Page, pageText } from '../page.ts';
import type { CheckPolicyFlags } from '../policy-keep-flags.ts';
import { namedOnce, readPolicySources } from '../policy-sources.ts';

export function policyCheck(given: string | null, flags: CheckPolicyFlags, console: Console): ExitStatus {
  const command = 'policy check';
  const option = flags.policy ?? null;
  const twice = namedOnce(given, option);
  if (twice !== null) return fail(console, command, flags.json, EXIT.usage, [twice]);
  const sources = readPolicySources(given ?? option, process.env);
  if (sources.value === null) return fail(console, command, flags.json, EXIT.error, sources.diagnostics);
  const { value: policy, diagnostics } = loadPolicy(sources.value);
  if (policy === null) return fail(console, command, flags.json, EXIT.error, diagnostics);
  const trusted = flags.allowWarnings || diagnostics.length === 0;
  const summary = summaryOf(policy);
  return conclude(console, command, flags.json, {
    status: trusted ? EXIT.done : EXIT.error,
    diagnostics,
    text: () => {
      const page = newPage(console.out, flags.full);
      render(page, policy, summary, diagnostics, trusted);
      return pageText(page);
    },
    json: () => ({ trusted, policy: { name: policy.name, hash: policy.hash, ...summary } }),
  });
}

function render(
  page: Page,
  policy: Policy,
  summary: PolicySummary,
  diagnostics: readonly Diagnostic[],
  trusted: boolean,
): void {
  const warnings = diagnostics.length;
  if (trusted) line(page, ['green', policy.name], [null, warnings === 0 ? ': no mistakes' : ': it loads']);
  else
    line(
      page,
      ['yellow', policy.name],
      [
        null,
        `: it loads, but read ${warnings === 1 ? 'the warning' : `the ${warnings} warnings`} before you trust it (or say --allow-warnings)`,
      ],
    );
  line(page);
  const { rules, links, users, roles, networks } = summary;
  const total = rules.allow + rules.deny + rules.report;
  line(page, [
    null,
    `  rules     ${count(total)}: ${count(rules.allow)} allow, ${count(rules.deny)} deny, ${count(rules.report)} on trial`,
  ]);
  line(page, [null, `  networks  ${some(page, networks, 8)}`]);
  line(page, [null, `  users     ${count(users.length)}, with ${count(links)} rows that give roles`]);
  line(page, [null, `  roles     ${count(roles.length)}`]);
  const shown = page.full ? roles : roles.slice(0, MOST_ROLES);
  const width = Math.max(0, ...shown.map(({ role }) => role.length));
  for (const role of shown)
    line(page, [null, `    ${role.role.padEnd(width)}  ${rulesText(role)}  ${usersText(page, role)}`]);
  if (shown.length < roles.length)
    line(page, ['dim', `    ${dots(page)} and ${count(roles.length - shown.length)} more (--full)`]);
  line(page, [null, `  hash      ${policy.hash}`]);
}

const MOST_ROLES = 20;
const MOST_USERS = 6;

function rulesText({ rules }: RoleSummary): string {
  return `${count(rules).padStart(5)} ${rules === 1 ? 'rule ' : 'rules'}`;
}

function usersText(page: Page, { role, users }: RoleSummary): string {
  if (role === 'role:everyone') return 'everybody';
  return users.length === 0
    ? 'nobody'
    : some(
        page,
        users.map((user) => user.slice('user:'.length)),
        MOST_USERS,
      );
}

function some(page: Page, names: readonly string[], most: number): string {
  if (page.full || names.length <= most) return names.join(', ');
  return `${names.slice(0, most - 1).join(', ')} and ${count(names.length - most + 1)} more`;
}
