// Values that were given, by `--var` or `set context`, to parameters that nothing staged has.

import { type Diagnostic, error, warning } from '../diagnostics/diagnostic.ts';
import { nearestName } from '../std/nearest-name.ts';
import type { Session } from './session.ts';

/**
 * SL443 for each. An error where a parameter of a near name was given nothing: it is a slip, and its default would be
 * written instead. Else a warning, because a script that has the parameter may still come.
 */
export function unusedValues({ setting, staged }: Session): readonly Diagnostic[] {
  const params = staged.flatMap(({ declarations }) =>
    (declarations?.script.items ?? []).flatMap((item) => (item.type === 'param' ? [item.name.text] : [])),
  );
  const open = params.filter((name) => !setting.vars.has(name));
  return [...setting.vars.keys()].flatMap((name) => {
    if (params.includes(name)) return [];
    const near = nearestName(name, open);
    const message = `nothing staged has a parameter \`${name}\``;
    const help = `\`set context ${name}=\` takes the value back`;
    return near === null
      ? [warning('SL443', null, message, { help })]
      : [error('SL443', null, message, { help: `did you mean \`${near}\`? ${help}` })];
  });
}
