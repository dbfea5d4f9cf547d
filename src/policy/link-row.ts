// `g` rows: who has which role, on which network.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { type Source, type Span, span } from '../source/source.ts';
import { columnsFit, LINK_COLUMNS } from './columns.ts';
import { fieldSpan, type Row } from './csv.ts';
import { isNetwork, isRoleColumn, isSubject } from './name-columns.ts';
import { EVERYONE, isNetworkPattern, isRole, isUser } from './names.ts';
import { isQuoted, type PlainColumns } from './plain-row.ts';
import type { RoleLink } from './roles.ts';
import { noteRole, reportRepetition } from './rule-row.ts';

export type PlacedLink = { readonly link: RoleLink; readonly span: Span };

export type LinkRows = {
  readonly source: Source;
  readonly diagnostics: Diagnostic[];
  readonly links: PlacedLink[];
  /** Shared with the rules. */
  readonly roles: Map<string, Span>;
  /** By their columns. */
  readonly known: Map<string, Span>;
};

/** Adds the link when there is nothing to say about the row; false, and nothing was added, for any other. */
export function addPlainLink(
  columns: PlainColumns,
  place: { readonly start: number; readonly end: number },
  { source, links, roles, known }: LinkRows,
): boolean {
  const { starts, ends } = columns;
  const column = (at: number): string => source.text.slice(starts[at] ?? 0, ends[at] ?? 0);
  const [member, role, network] = [column(1), column(2), column(3)];
  const inherits = isRole(member);
  if (!(inherits || isUser(member)) || !isRole(role) || !isNetworkPattern(network)) return false;
  const key = `${member} ${role} ${network}`;
  if (member === EVERYONE || role === EVERYONE || known.has(key) || isQuoted(columns, 1)) return false;
  if (inherits) noteRole(member, span(source, starts[1] ?? 0, ends[1] ?? 0), roles);
  const at = span(source, place.start, place.end);
  known.set(key, at);
  links.push({ link: { member, role, network }, span: at });
  return true;
}

/** Adds the link that the row says; or reports everything that is wrong with it. */
export function addLink(row: Row, { diagnostics, links, known }: LinkRows): void {
  if (!columnsFit(row, LINK_COLUMNS, diagnostics)) return;
  const [, member, role, network] = row.fields;
  if (member === undefined || role === undefined || network === undefined) return;
  const everyone = [member, role].find((field) => field.value === EVERYONE);
  if (everyone !== undefined) {
    diagnostics.push(
      error('SL614', fieldSpan(everyone), '`role:everyone` is everybody already', { help: 'delete the row' }),
    );
    return;
  }
  const sound = [
    isSubject(member, diagnostics),
    isRoleColumn(role, diagnostics),
    isNetwork(network, diagnostics),
  ];
  if (sound.includes(false)) return;
  const link: RoleLink = { member: member.value, role: role.value, network: network.value };
  const key = `${link.member} ${link.role} ${link.network}`;
  const first = known.get(key);
  if (first === undefined) known.set(key, row.span);
  else reportRepetition(row, first, diagnostics);
  links.push({ link, span: row.span });
}
