// One policy in three languages, of any number of rules: a tenant with a range of addresses in each row, all on the same
// path, and the last row is the one that allows. So nothing but the address tells the rows apart.

/** A host that the last rule of every size allows. `n` below 65,536 gives different hosts. */
export function hostXml(n: number, ip: string): string {
  const hex = n.toString(16).padStart(4, '0');
  return `<host mac='52:54:00:00:${hex.slice(0, 2)}:${hex.slice(2)}' name='vm-${n}.a.example.com' ip='${ip}'/>`;
}

export function networkXml(hosts: readonly string[]): string {
  return `<network><name>default</name><ip address='10.0.0.1' prefix='8'><dhcp>${hosts.join('')}</dhcp></ip></network>`;
}

/** Within the range of the last rule, and of no other. */
export function addressOf(n: number, side: 0 | 1): string {
  return `10.${200 + side}.${(n >> 8) & 255}.${n & 255}`;
}

/** Of rule `i`; the last has all that `addressOf` gives. */
function rangeOf(i: number, rules: number): string {
  if (i === rules - 1) return '10.200.0.0/15';
  const at = i * 8;
  return `10.${100 + (at >> 16)}.${(at >> 8) & 255}.${at & 255}/29`;
}

export function policyCsv(rules: number): string {
  const rows = Array.from(
    { length: rules },
    (_, i) =>
      `p, ${effectOf(i, rules)}, role:tenant-a, default, ip[*].dhcp.host[*], add|remove|modify, config, "ip in ${rangeOf(i, rules)}${effectOf(i, rules) === 'allow' ? ' and name like *.a.example.com' : ''}"`,
  );
  return ['g, user:alice, role:tenant-a, default', ...rows, ''].join('\n');
}

/** Every tenth is a deny. */
function effectOf(i: number, rules: number): 'allow' | 'deny' {
  return i % 10 === 4 && i < rules - 1 ? 'deny' : 'allow';
}

/** The same for Cedar: an allow holds before and after, a deny fires on either side. */
export function cedarText(rules: number): string {
  return Array.from({ length: rules }, (_, i) => {
    const range = `ip("${rangeOf(i, rules)}")`;
    const inRange = (side: string): string => `context.${side}.ip.isInRange(${range})`;
    const named = (side: string): string => `context.${side}.name like "*.a.example.com"`;
    const scope =
      'principal in Role::"tenant-a", action in [Action::"add", Action::"remove", Action::"modify"], resource in Network::"default"';
    return effectOf(i, rules) === 'allow'
      ? `permit(${scope}) when { ${inRange('before')} && ${inRange('after')} && ${named('before')} && ${named('after')} };`
      : `forbid(${scope}) when { ${inRange('before')} || ${inRange('after')} };`;
  }).join('\n');
}
