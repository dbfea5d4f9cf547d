// Columns that name somebody or a network: what may stand there, and what to say of anything else.

import { type Diagnostic, error } from '../diagnostics/diagnostic.ts';
import { parseCidr } from '../network/values.ts';
import { nearestName } from '../std/nearest-name.ts';
import { type Field, fieldSpan } from './csv.ts';
import { isNetworkPattern, isRole, isUser } from './names.ts';

export function isSubject(field: Field, diagnostics: Diagnostic[]): boolean {
  if (isUser(field.value) || isRole(field.value)) return true;
  return badSubject(field, 'users are `user:NAME`, roles are `role:NAME`', diagnostics);
}

export function isRoleColumn(field: Field, diagnostics: Diagnostic[]): boolean {
  if (isRole(field.value)) return true;
  return badSubject(field, 'the second column of `g` is a role: `role:NAME`', diagnostics);
}

function badSubject(field: Field, rule: string, diagnostics: Diagnostic[]): false {
  const { value } = field;
  const prefix = /^(user|role):/.exec(value)?.[0] ?? '';
  const odd = firstOdd(value.slice(prefix.length));
  const help =
    value === 'everyone' || value === '*'
      ? 'write `role:everyone`'
      : prefix !== '' && odd !== null
        ? `names have letters, digits and \`. _ -\` only (users also \`@ + $ \\\`), not ${odd}`
        : isUser(`user:${value}`)
          ? `write \`user:${value}\` or \`role:${value}\``
          : (otherPrefix(value) ?? rule);
  diagnostics.push(
    error(
      'SL609',
      fieldSpan(field),
      value === '' ? 'empty column where a user or role belongs' : `\`${value}\` is no user or role`,
      { help },
    ),
  );
  return false;
}

/** Prefixes of other worlds, and mistyped ones. */
const PREFIXES = new Map([
  ['group', 'role'],
  ['team', 'role'],
  ['r', 'role'],
  ['login', 'user'],
  ['account', 'user'],
  ['u', 'user'],
]);

function otherPrefix(value: string): string | null {
  const [, prefix = '', name = ''] = /^([^:]*):(.*)$/.exec(value) ?? [];
  const near = PREFIXES.get(prefix) ?? nearestName(prefix, ['user', 'role']);
  if (near === null || !(isUser(`${near}:${name}`) || isRole(`${near}:${name}`))) return null;
  return `did you mean \`${near}:${name}\`?`;
}

/** The first character that stands in no name: shown with its number, because it may look like another. */
function firstOdd(name: string): string | null {
  for (const character of name) {
    if (/[A-Za-z0-9._-]/.test(character)) continue;
    return `\`${character}\` (U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')})`;
  }
  return null;
}

export function isNetwork(field: Field, diagnostics: Diagnostic[]): boolean {
  if (isNetworkPattern(field.value)) return true;
  diagnostics.push(
    error(
      'SL610',
      fieldSpan(field),
      field.value === '' ? 'empty network column' : `\`${field.value}\` is no network name or pattern`,
      {
        help:
          parseCidr(field.value) === null
            ? 'write a name, `*` for all networks, or a pattern such as `lab-*`; letters, digits and `. _ : @ + -`'
            : `write the name of a network; addresses belong into the condition: \`ip in ${field.value}\``,
      },
    ),
  );
  return false;
}
